extension MetricDefinition {
  // MARK: Sessions

  static let sessions = Self("chat_sessions", .gauge, "Open sessions.")
  static let sessionsOpened = Self(
    "chat_sessions_opened_total", .counter, labels: ["transport"],
    "Sessions that have connected, by what their connections speak.")
  static let sessionsClosed = Self(
    "chat_sessions_closed_total", .counter, labels: ["code"],
    "Sessions that have ended, by the error code that they were told; none: the client or the network ended it."
  )
  static let sessionsLagging = Self(
    "chat_sessions_lagging", .gauge, "Sessions whose connection takes no bytes now.")
  static let lag = Self(
    "chat_lag_messages", .gauge, in: .messages, "Messages that the session furthest behind has not got.")
  static let conversations = Self("chat_conversations_active", .gauge, "Conversations in memory.")

  // MARK: Traffic

  static let framesReceived = Self("chat_frames_received_total", .counter, "Frames from clients.")
  static let framesRefused = Self(
    "chat_frames_refused_total", .counter, "Frames from clients that were refused.")
  static let bytesReceived = Self("chat_received_bytes_total", .counter, in: .bytes, "Bytes from clients.")
  static let bytesSent = Self("chat_sent_bytes_total", .counter, in: .bytes, "Bytes to clients.")
  static let published = Self(
    "chat_messages_published_total", .counter, in: .messages, "Messages that were accepted.")
  static let publishErrors = Self(
    "chat_publish_errors_total", .counter, in: .messages, labels: ["code"],
    "Messages that were refused, once for each address, by error code.")
  static let deliveries = Self(
    "chat_deliveries_total", .counter, in: .messages, "Messages that were sent, one for each session.")
  static let flushes = Self("chat_flushes_total", .counter, "Writes to sockets.")
  static let gaps = Self("chat_gaps_total", .counter, "Gap frames to clients.")
  static let windowBytes = Self("chat_window_bytes", .gauge, in: .bytes, "Bytes of messages kept in memory.")

  // MARK: Latency

  static let publishDurable = Self(
    "chat_publish_durable_seconds", .histogram, in: .seconds,
    "From reading a publish to its commit, for each message.")
  static let publishSocket = Self(
    "chat_publish_socket_seconds", .histogram, in: .seconds,
    "From reading a publish to the flush that hands it to sockets, for each message and event loop with followers."
  )
  static let loopDelay = Self(
    "chat_loop_delay_seconds", .histogram, in: .seconds,
    "How late the event loops' ticks came, ten a second for each loop.")
  static let loopStalls = Self(
    "chat_loop_stalls_total", .counter, "How often an event loop did not answer for health.loop_delay_ms.")

  // MARK: Store

  static let storeCommit = Self(
    "chat_store_commit_seconds", .histogram, in: .seconds,
    "How long commits took, as those who wait for them see it.")
  static let storeBatch = Self(
    "chat_store_batch_messages", .histogram, in: .messages, "Messages in each transaction that stored some.")
  static let storeErrors = Self(
    "chat_store_errors_total", .counter, "Reads and writes that the store failed.")
  static let storeFree = Self(
    "chat_store_free_bytes", .gauge, in: .bytes, "Bytes that are free where the store keeps its data.")
  static let pagesRead = Self("chat_pages_read_total", .counter, "Pages read from the store.")

  // MARK: Limits, access and configuration

  static let limitHits = Self(
    "chat_limit_hits_total", .counter, labels: ["limit"], "Refusals because of a limit.")
  static let authFailures = Self(
    "chat_auth_failures_total", .counter, labels: ["reason"], "Clients that were not let in.")
  static let keyFetches = Self(
    "chat_token_key_fetches_total", .counter, labels: ["result"],
    "How often keys of tokens were fetched from auth.jwks_url, by result: ok or failed.")
  static let certificateExpiry = Self(
    "chat_tls_certificate_expiry_time_seconds", .gauge, in: .seconds, labels: ["listener"],
    "When a listener's certificate expires, in seconds since 1970.")
  static let handshakeFailures = Self(
    "chat_tls_handshake_failures_total", .counter, labels: ["listener"],
    "Connections whose encryption was not agreed on: no version or cipher in common, or no certificate that was asked for."
  )
  static let reloads = Self(
    "chat_config_reloads_total", .counter, labels: ["result"],
    "How often the configuration was read again, by result: ok or failed.")
  static let isLastReloadGood = Self(
    "chat_config_last_reload_successful", .gauge,
    "1: the configuration that was read last is in use; 0: it was refused, and the one before is in use.")

  // MARK: The node and its process

  static let buildInfo = Self(
    "chat_build_info", .gauge, labels: ["version"], "1; the label says the version.")
  static let startTime = Self(
    "chat_start_time_seconds", .gauge, in: .seconds, "When the broker started, in seconds since 1970.")
  static let draining = Self(
    "chat_draining", .gauge, "1: the broker drains; when drain.delay_ms is over it takes no new sessions.")
  static let healthy = Self("chat_healthy", .gauge, labels: ["check"], "1: the check passed.")
  static let spansLeftOut = Self(
    "chat_trace_spans_left_out_total", .counter,
    "Spans that the collector does not get, because it did not take them in time or refused them.")
  static let residentMemory = Self(
    "process_resident_memory_bytes", .gauge, in: .bytes, "Memory of the process that is in the machine's.")
  static let openDescriptors = Self("process_open_fds", .gauge, "Open descriptors.")
  static let maxDescriptors = Self("process_max_fds", .gauge, "The most descriptors that may be open.")
  static let cpu = Self(
    "process_cpu_seconds_total", .counter, in: .seconds, "Processor time that the process has taken.")
  static let processStart = Self(
    "process_start_time_seconds", .gauge, in: .seconds, "When the process began, in seconds since 1970.")

  /// All of them, in the order in which `/metrics` and the documents have them.
  package static let all: [Self] = [
    sessions, sessionsOpened, sessionsClosed, sessionsLagging, lag, conversations,
    framesReceived, framesRefused, bytesReceived, bytesSent, published, publishErrors, deliveries, flushes,
    gaps,
    windowBytes,
    publishDurable, publishSocket, loopDelay, loopStalls,
    storeCommit, storeBatch, storeErrors, storeFree, pagesRead,
    limitHits, authFailures, keyFetches, certificateExpiry, handshakeFailures, reloads, isLastReloadGood,
    buildInfo, startTime, draining, healthy, spansLeftOut,
    residentMemory, openDescriptors, maxDescriptors, cpu, processStart,
  ]
}
