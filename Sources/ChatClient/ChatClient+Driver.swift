import ChatCore
import Logging
import NIOCore
import NIOPosix

// Carries out what the state asks for. All of it runs on the event loop.
extension ChatClient {
  /// Hands an event to the state and carries out what it leads to.
  func run(_ event: (inout ClientState<Waiter>, UInt64) -> Void) {
    let now = Clock.uptime
    state.hasRoom = queue.hasRoom
    event(&state, now)
    carryOut(at: now)
  }

  /// The consumer has taken something out of the queue.
  func consumerProgressed() {
    run { state, now in
      state.consumed(at: now)
      if state.hasRoom { state.roomCame(at: now) }
    }
  }

  /// A connection has brought these frames.
  func received(_ frames: [ServerFrame], from link: Int) {
    let now = Clock.uptime
    state.hasRoom = queue.hasRoom
    state.received(link, at: now)
    for frame in frames {
      state.received(frame, from: link, at: now)
      guard state.hasUnanswered else { continue }
      // Then there may be no room for the rest of these.
      carryOutActions(at: now)
      state.hasRoom = queue.hasRoom
    }
    carryOut(at: now)
  }

  func lost(_ link: Int, _ reason: ChatClientError) {
    links[link] = nil
    // Perhaps there are new files by now.
    if reason.code == .tlsFailed { encryption = nil }
    run { state, now in state.lost(link, reason, at: now) }
  }

  private func carryOut(at now: UInt64) {
    carryOutActions(at: now)
    flush()
    state.hasRoom = queue.hasRoom
    read(at: now)
    schedule()
  }

  private func carryOutActions(at now: UInt64) {
    var actions = state.takeActions()
    while !actions.isEmpty {
      for action in actions { carryOut(action, at: now) }
      actions = state.takeActions()
    }
  }

  private func carryOut(_ action: ClientState<Waiter>.Action, at now: UInt64) {
    switch action {
    case .open(let link): open(link)
    case .close(let link): close(link)
    case .send(let link, let frame):
      if link != outputLink {
        flush()
        outputLink = link
      }
      codec.encode(frame, into: &output)
    case .update(let item):
      log(item)
      queue.append(item)
    case .answer(let waiter, .success(let body)): waiter.resume(returning: body)
    case .answer(let waiter, .failure(let error)): waiter.resume(throwing: error)
    case .connected(let result):
      let waiter = connectWaiter
      connectWaiter = nil
      switch result {
      case .success(let connected): waiter?.resume(returning: connected)
      case .failure(let error): waiter?.resume(throwing: error)
      }
    case .refreshToken: refreshToken()
    case .collectAcknowledgements: state.acknowledge(queue.takeUnacknowledged(), at: now)
    case .finished: finish()
    }
  }

  private func finish() {
    hasFinished = true
    timer?.cancel()
    queue.finish()
    for waiter in closeWaiters { waiter.resume() }
    closeWaiters.removeAll()
  }

  // MARK: Connections

  private func open(_ link: Int) {
    if let provider = configuration.tokenProvider { openWithToken(link, provider) } else { connect(link) }
  }

  func connect(_ link: Int) {
    guard let tls = configuration.tls else { return connect(link, nil) }
    let loaded = encryption ?? ClientEncryption.load(tls, host: configuration.host, on: eventLoop)
    encryption = loaded
    loaded.whenComplete { result in
      self.assumeIsolated { client in
        switch result {
        case .success(let encryption): client.connect(link, encryption)
        case .failure(let error): client.opened(link, .failure(error))
        }
      }
    }
  }

  private func connect(_ link: Int, _ encryption: ClientEncryption?) {
    let configuration = configuration
    let bootstrap = ClientBootstrap(group: eventLoop)
      .connectTimeout(.milliseconds(Int64(clamping: configuration.connectTimeout.milliseconds)))
      .channelOption(.tcpOption(.tcp_nodelay), value: 1)
      .channelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          let pipeline = channel.pipeline.syncOperations
          if let encryption { try pipeline.addHandler(encryption.handler()) }
          try pipeline.addHandler(LinkHandler(link, client: self, configuration))
        }
      }
    bootstrap.connect(host: configuration.host, port: configuration.port).whenComplete { result in
      self.assumeIsolated { $0.opened(link, result) }
    }
  }

  private func opened(_ link: Int, _ result: Result<any Channel, any Error>) {
    switch result {
    case .success(let channel):
      links[link] = channel
      run { state, now in state.opened(link, at: now) }
    case .failure(let error):
      lost(link, error as? ChatClientError ?? ChatClientError(connecting: error, configuration))
    }
  }

  private func close(_ link: Int) {
    if link == outputLink { flush() }
    links.removeValue(forKey: link)?.close(promise: nil)
  }

  private func flush() {
    guard !output.isEmpty else { return }
    if let channel = links[outputLink] {
      var buffer = channel.allocator.buffer(capacity: output.count)
      buffer.writeBytes(output.readable)
      channel.writeAndFlush(buffer, promise: nil)
    }
    output.consume(output.count)
  }

  /// Starts or stops reading from the connection in use.
  private func read(at now: UInt64) {
    let wanted = state.wantsToRead ? nil : state.connection.current?.id
    guard wanted != readsLink else { return }
    setReading(true, readsLink)
    setReading(false, wanted)
    readsLink = wanted
    state.connection.setReading(wanted == nil, at: now)
  }

  private func setReading(_ reads: Bool, _ link: Int?) {
    guard let link, let channel = links[link] else { return }
    channel.setOption(.autoRead, value: reads).whenFailure { [logger] error in
      logger.debug("cannot change reading", metadata: ["error": "\(error)"])
    }
  }

  // MARK: Time

  private func schedule() {
    let deadline = hasFinished ? .max : state.deadline ?? .max
    // A timer that comes too early does no harm, and is cheaper than setting it anew with each event.
    guard deadline < timerAt else { return }
    timer?.cancel()
    timerAt = deadline
    let nanoseconds = deadline.multipliedReportingOverflow(by: 1_000_000)
    guard !nanoseconds.overflow else { return }
    do {
      timer = try eventLoop.scheduleCallback(
        at: .uptimeNanoseconds(nanoseconds.partialValue), handler: ClientTimer(client: self))
    } catch {
      logger.error("cannot set a timer: the event loop has ended", metadata: ["error": "\(error)"])
    }
  }

  func timerFired() {
    timer = nil
    timerAt = .max
    run { state, now in state.advance(to: now) }
  }

  private func log(_ item: UpdateQueue.Item) {
    switch item {
    case .update(.connected(let connected)):
      logger.debug("connected", metadata: ["session": "\(connected.session)", "node": "\(connected.node)"])
    case .update(.disconnected(let reason, let retryIn)):
      logger.info("disconnected", metadata: ["reason": "\(reason)", "retry_in": "\(retryIn)"])
    case .update(.goingAway(let goAway)):
      logger.debug("the node goes away", metadata: ["reason": "\(goAway.reason)"])
    default: break
    }
  }
}

/// Wakes the client.
struct ClientTimer: NIOScheduledCallbackHandler {
  let client: ChatClient

  func handleScheduledCallback(eventLoop: some EventLoop) {
    client.assumeIsolated { $0.timerFired() }
  }
}
