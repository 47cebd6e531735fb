import ChatCore

/// Publishes many messages in order without waiting for each receipt.
actor PublishPipeline<Tag: Sendable> {
  typealias Outcome = Result<[Receipt], any Error>

  /// The most messages without a receipt. Below the broker's bound for a session, so that it never pauses us.
  static var window: Int { 256 }

  private let session: ClientSession
  private let addresses: [String]
  private let started: AsyncStream<(Tag, Task<[Receipt], any Error>)>.Continuation
  private var results: Task<Void, Never>?
  private var inFlight = 0
  private var waiter: CheckedContinuation<Void, Never>?
  private var stopped = false

  /// - Parameter decided: told each outcome in the order of the publishes; false stops the pipeline.
  init(
    session: ClientSession, addresses: [String], decided: @escaping @Sendable (Tag, Outcome) async -> Bool
  ) async {
    self.session = session
    self.addresses = addresses
    // At most a window of elements is in it.
    let (stream, continuation) = AsyncStream.makeStream(of: (Tag, Task<[Receipt], any Error>).self)
    started = continuation
    results = Task { [weak self] in
      for await (tag, task) in stream {
        let goesOn = await decided(tag, await task.result)
        await self?.finished(goesOn: goesOn)
      }
    }
  }

  /// Publishes when there is room. For one caller at a time.
  ///
  /// - Returns: false once the pipeline has stopped; then nothing was sent.
  func publish(_ body: [UInt8], clientMessageID: String? = nil, tag: Tag) async -> Bool {
    if inFlight >= Self.window { await withCheckedContinuation { waiter = $0 } }
    guard !stopped else { return false }
    inFlight += 1
    started.yield((tag, await session.startPublish(body, to: addresses, clientMessageID: clientMessageID)))
    return true
  }

  /// Waits until all are decided.
  func finish() async {
    started.finish()
    await results?.value
  }

  private func finished(goesOn: Bool) {
    inFlight -= 1
    stopped = stopped || !goesOn
    waiter?.resume()
    waiter = nil
  }
}
