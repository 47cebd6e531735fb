import ChatClient
import ChatCore
import Logging

/// A session with the broker, as the commands use it. The only file that calls ChatClient.
struct ClientSession: Sendable {
  /// Messages in one page that is asked for.
  static let pageMessages = 256

  let client: ChatClient
  let user: UserID
  let server: ServerAddress
  let limits: ServerFrame.AnnouncedLimits

  /// Connects.
  ///
  /// - Parameter acknowledges: whether what arrives counts as received by the user.
  static func open(
    _ options: ClientOptions, acknowledges: Bool = false
  ) async throws(CommandFailure) -> ClientSession {
    let resolved = try options.resolve(.process)
    var configuration = ChatClient.Configuration(
      user: resolved.user?.name ?? "", host: resolved.server.host, port: resolved.server.port)
    configuration.name = "chat-broker/\(Version.number)"
    configuration.acknowledges = acknowledges
    switch resolved.token {
    case .text(let token)?: configuration.token = token
    case .file(let path)?: configuration.tokenProvider = { try Self.token(in: path) }
    case nil: break
    }
    configuration.tls = resolved.tls
    // What people should know of the connection they are told as updates.
    let client = ChatClient(configuration, logger: Logger(label: "client") { _ in SwiftLogNoOpLogHandler() })
    do {
      if case .file(let path)? = resolved.token { _ = try token(in: path) }
      let connected = try await client.connect()
      return ClientSession(
        client: client, user: try UserID(connected.user), server: resolved.server, limits: connected.limits)
    } catch {
      await client.close()
      throw connectFailure(error, resolved)
    }
  }

  private static func token(in path: String) throws(CommandFailure) -> String {
    let bytes = try SmallFile.readSecret(path, purpose: "the file with the token")
    return String(decoding: bytes, as: UTF8.self)
  }

  /// Everything that arrives. For one reader.
  var updates: Updates { client.updates }

  /// Takes what arrives off the connection without showing it, for commands that only ask and send; tells people
  /// when the connection is lost.
  func discardUpdates() {
    Task {
      var notice = ConnectionNotice()
      for await update in updates {
        if let line = notice.line(update) { Output.error(line) }
      }
    }
  }

  /// Makes sure that the user may use the conversation: joins a group. Others are open.
  func join(_ address: AddressArgument) async throws(CommandFailure) {
    guard case .conversation(let conversation) = address.address, conversation.kind == .group else { return }
    do {
      _ = try await client.join(address.text)
    } catch {
      throw failure(error)
    }
  }

  /// Moves this session's place in a conversation: after a sequence, or to the tail.
  func follow(_ address: AddressArgument, after sequence: UInt64?) async throws(CommandFailure) {
    do {
      let place = sequence.map { Position(conversation: address.text, sequence: $0) }
      _ = try await client.subscribe(address.text, after: place)
    } catch {
      throw failure(error)
    }
  }

  /// Says that the user has read a conversation up to a message.
  func markRead(_ conversation: String, through sequence: UInt64) async {
    guard sequence > 0 else { return }
    await client.markRead(Position(conversation: conversation, sequence: sequence))
  }

  /// One page of a log: after a sequence, before one, or with neither the newest.
  func history(
    _ address: AddressArgument, after: UInt64 = 0, before: UInt64 = 0, limit: Int = pageMessages
  ) async throws(CommandFailure) -> ServerFrame.HistoryPage {
    do {
      return try await client.history(address.text, after: after, before: before, limit: limit)
    } catch {
      throw failure(error)
    }
  }

  /// Starts a publish and returns at once. Publishes started one after another are sent in that order.
  func startPublish(
    _ body: [UInt8], to addresses: [String], clientMessageID: String? = nil
  ) async -> Task<[Receipt], any Error> {
    await client.startPublish(body, to: addresses, clientMessageID: clientMessageID)
  }

  func close() async {
    await client.close()
  }

  /// A refusal or a lost connection as the end of a command.
  func failure(_ error: any Error) -> CommandFailure {
    Self.failure(error, server: server)
  }

  private static func connectFailure(_ error: any Error, _ options: ClientOptions.Client) -> CommandFailure {
    let server = options.server
    if options.token == nil, let refusal = (error as? ChatClientError)?.refusal,
      refusal.code == .unauthenticated
    {
      return CommandFailure(
        .refused,
        "\(server) wants a token that says who you are: bring one with --token-file FILE or in CHAT_TOKEN")
    }
    guard let error = error as? ChatClientError, error.refusal == nil,
      ![.tokenUnavailable, .tlsFailed].contains(error.code)
    else {
      return failure(error, server: server)
    }
    // A broker with TLS hangs up on whoever does not speak it.
    let hint = error.code == .connectionLost && options.tls == nil ? " If it has TLS, add --tls." : ""
    return CommandFailure(
      .unavailable,
      "cannot connect to \(server) (\(error.code)); is a broker running there? Start one with: chat-broker serve"
        + hint)
  }

  private static func failure(_ error: any Error, server: ServerAddress) -> CommandFailure {
    switch error {
    case let error as CommandFailure: error
    case let error as ChatClientError: CommandFailure(error)
    case let error as ChatError: CommandFailure(error)
    default: CommandFailure(.unavailable, "the connection to \(server) failed (\(error))")
    }
  }
}

extension ChatClient {
  /// Runs on the client's own executor, which takes the tasks in the order in which they were made.
  fileprivate func startPublish(
    _ body: [UInt8], to addresses: [String], clientMessageID: String?
  ) -> Task<[Receipt], any Error> {
    Task { try await self.publish(body, to: addresses, clientMessageID: clientMessageID) }
  }
}

extension CommandFailure {
  /// A refusal by the broker.
  init(_ error: ChatError) {
    let status: ExitStatus =
      switch error.code {
      case .unavailable, .draining: .temporary
      case .internal: .internal
      default: error.retryAfter > 0 ? .temporary : .refused
      }
    self.init(status, TerminalText.escape(error.message))
  }

  /// A refusal, or the client's own reason.
  fileprivate init(_ error: ChatClientError) {
    if let refusal = error.refusal {
      self.init(refusal)
    } else {
      let status: ExitStatus =
        switch error.code {
        case .timedOut: .temporary
        case .limitExceeded: .refused
        case .protocolViolation: .internal
        default: .unavailable
        }
      self.init(status, TerminalText.escape(error.message))
    }
  }
}
