public import ChatCore
public import Logging
public import NIOCore
public import NIOPosix

/// A session with a broker that outlives its connections.
///
/// ```swift
/// let client = ChatClient(.init(user: "alice"))
/// _ = try await client.connect()
/// let receipt = try await client.publish("hello", to: "user:bob")
/// for await case .message(let message) in client.updates { … }
/// ```
///
/// - Every message of the conversations that the user follows arrives in ``updates`` once and in order, however
///   often the connection is lost in between; what is gone for good arrives as an ``Update/gap(_:)``.
/// - A publish is stored at most once, however often it is sent.
/// - Requests made while there is no connection wait for the next one, for at most `requestTimeout`. Those that
///   were not answered are sent again on it.
/// - Call ``close()`` when done: until then the client lives.
public actor ChatClient {
  typealias Waiter = CheckedContinuation<ServerFrame.Body, any Error>

  /// The client's event loop.
  public nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

  private nonisolated let executor: any SerialExecutor
  nonisolated let eventLoop: any EventLoop
  nonisolated let queue: UpdateQueue
  nonisolated let logger: Logger
  nonisolated let configuration: Configuration
  var state: ClientState<Waiter>
  var messageIDs = ClientMessageIDs()
  var links: [Int: any Channel] = [:]
  /// What was read for encryption; read again after a failure.
  var encryption: EventLoopFuture<ClientEncryption>?
  var codec: FrameCodec
  /// Frames for one link that are not written yet.
  var output = FrameBuffer()
  var outputLink = 0
  var readsLink: Int?
  var timer: NIOScheduledCallback?
  var timerAt = UInt64.max
  var connectWaiter: CheckedContinuation<ServerFrame.Connected, any Error>?
  var closeWaiters: [CheckedContinuation<Void, Never>] = []
  var hasFinished = false

  /// Makes a client that does nothing yet; ``connect()`` starts it.
  ///
  /// All of it runs on one event loop of the group.
  public init(
    _ configuration: Configuration,
    eventLoopGroup: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton,
    logger: Logger = Logger(label: "chat-client")
  ) {
    self.init(
      configuration, eventLoopGroup: eventLoopGroup, logger: logger, seed: UInt64.random(in: 0 ... .max))
  }

  /// - Parameter seed: of the waits between attempts to connect.
  package init(
    _ configuration: Configuration, eventLoopGroup: any EventLoopGroup, logger: Logger, seed: UInt64
  ) {
    self.configuration = configuration
    self.logger = logger
    eventLoop = eventLoopGroup.next()
    // Kept, because what an actor hands out is unowned.
    executor = eventLoop.executor
    queue = UpdateQueue(limit: configuration.bufferedUpdates, taken: configuration.resume)
    state = ClientState(configuration, seed: seed)
    codec = FrameCodec(decodingBytes: configuration.decodingBytes)
    queue.onProgress { [weak self, eventLoop] in
      eventLoop.execute { [weak self] in self?.assumeIsolated { $0.consumerProgressed() } }
    }
  }

  /// Everything that arrives, for one consumer.
  ///
  /// When `bufferedUpdates` of them are unread, the client stops reading from the broker, unless an answer is
  /// awaited; then it reads on, and asks again later for the messages for which there is no room.
  public nonisolated var updates: Updates { Updates(queue: queue) }

  /// Opens the first connection. Once this has succeeded, the client connects again by itself until ``close()``.
  ///
  /// - Throws: ``ChatClientError`` if the broker cannot be reached or refuses. Then it may be called again.
  public func connect() async throws -> ServerFrame.Connected {
    try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { waiter in
        guard connectWaiter == nil else {
          return waiter.resume(
            throwing: ChatClientError(.alreadyConnected, "connect() is called already: wait for that call"))
        }
        connectWaiter = waiter
        run { state, now in state.connect(at: now) }
      }
    } onCancel: {
      eventLoop.execute { self.assumeIsolated { $0.run { state, now in state.abandonConnect(at: now) } } }
    }
  }

  /// What the consumer of ``updates`` has: pass it as ``Configuration/resume`` in a later process to go on there.
  public func positions() -> [Position] { queue.positions }

  /// Tells the broker what was taken out of ``updates``, closes the connection and ends ``updates``.
  ///
  /// What is unread stays readable, but is not acknowledged any more. Requests that wait fail with
  /// ``ChatClientError/Code/closed``.
  public func close() async {
    guard !hasFinished else { return }
    await withCheckedContinuation { waiter in
      closeWaiters.append(waiter)
      run { state, now in state.close(acknowledging: queue.takeUnacknowledged(), at: now) }
    }
  }
}
