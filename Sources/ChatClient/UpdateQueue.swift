import ChatCore
import NIOCore
import Synchronization

/// Between the client's event loop and whoever reads ``ChatClient/updates``.
///
/// It also knows what was taken out: the places, replayed in the order of the updates.
final class UpdateQueue: Sendable {
  /// One entry: an update, or a move of a place that the consumer does not see.
  enum Item: Sendable {
    case update(Update)
    case message(Message, epoch: UInt64)
    /// A gap, and the place behind it.
    case gap(Gap, Position)
    case place(Position)
    case forget(conversation: String)
  }

  fileprivate struct Contents {
    var items = CircularBuffer<Item>()
    var waiter: CheckedContinuation<Update?, Never>?
    var waiterID: UInt64 = 0
    var hasFinished = false
    var taken: [String: Position] = [:]
    /// Taken since the last ``takeUnacknowledged()``.
    var unacknowledged: [String: Position] = [:]
    /// Was full, and is not half empty yet.
    var isFull = false
    var progress: (@Sendable () -> Void)?
  }

  private let limit: Int
  private let contents = Mutex(Contents())

  init(limit: Int, taken: [Position] = []) {
    self.limit = max(1, limit)
    contents.withLock { contents in
      for position in taken { contents.taken[position.conversation] = position }
    }
  }

  /// Calls `progress` when there is something to acknowledge or room again, from whichever thread.
  func onProgress(_ progress: @escaping @Sendable () -> Void) {
    contents.withLock { $0.progress = progress }
  }

  /// No more than the limit is unread, or less than half of it once it was full.
  var hasRoom: Bool { contents.withLock { !$0.isFull } }

  /// What was taken out, as places.
  var positions: [Position] { contents.withLock { Array($0.taken.values) } }

  /// What was taken out since the last call.
  func takeUnacknowledged() -> [Position] {
    contents.withLock { contents in
      defer { contents.unacknowledged.removeAll(keepingCapacity: true) }
      return Array(contents.unacknowledged.values)
    }
  }

  func append(_ item: Item) {
    let (waiter, update, progress) = contents.withLock { contents in
      contents.append(item, limit: limit)
    }
    progress?()
    waiter?.resume(returning: update)
  }

  /// Ends the sequence behind what it holds.
  func finish() {
    let waiter = contents.withLock { contents in
      contents.hasFinished = true
      contents.progress = nil
      defer { contents.waiter = nil }
      return contents.waiter
    }
    waiter?.resume(returning: nil)
  }

  func next(isolation: isolated (any Actor)?) async -> Update? {
    let (taken, progress, ended) = contents.withLock { contents in
      let wasQuiet = contents.isQuiet
      let update = contents.take(limit: limit)
      return (update, contents.progress(wasQuiet), update == nil && contents.hasFinished)
    }
    progress?()
    if taken != nil || ended || Task.isCancelled { return taken }
    let id = contents.withLock { contents in
      contents.waiterID &+= 1
      return contents.waiterID
    }
    return await withTaskCancellationHandler {
      await withCheckedContinuation(isolation: isolation) { wait($0, id: id) }
    } onCancel: {
      cancel(id)
    }
  }

  private func wait(_ continuation: CheckedContinuation<Update?, Never>, id: UInt64) {
    let cancelled = Task.isCancelled
    let (resumed, update, progress) = contents.withLock { contents in
      let wasQuiet = contents.isQuiet
      if let update = contents.take(limit: limit) {
        return (Optional(continuation), Optional(update), contents.progress(wasQuiet))
      }
      if contents.hasFinished || cancelled || contents.waiterID != id { return (continuation, nil, nil) }
      // Of two loops at the same time the older one ends.
      let older = contents.waiter
      contents.waiter = continuation
      return (older, nil, nil)
    }
    progress?()
    resumed?.resume(returning: update)
  }

  private func cancel(_ id: UInt64) {
    let waiter = contents.withLock { contents -> CheckedContinuation<Update?, Never>? in
      guard contents.waiterID == id else { return nil }
      // A waiter that is about to come must not stay.
      contents.waiterID &+= 1
      defer { contents.waiter = nil }
      return contents.waiter
    }
    waiter?.resume(returning: nil)
  }
}

fileprivate extension UpdateQueue.Contents {
  typealias Delivery = (CheckedContinuation<Update?, Never>?, Update?, (@Sendable () -> Void)?)

  /// Nothing was reported that the event loop has not picked up.
  var isQuiet: (acknowledged: Bool, isFull: Bool) { (unacknowledged.isEmpty, isFull) }

  /// Whom to tell, if there is news since `before`.
  func progress(_ before: (acknowledged: Bool, isFull: Bool)) -> (@Sendable () -> Void)? {
    let mustAcknowledge = before.acknowledged && !unacknowledged.isEmpty
    return mustAcknowledge || before.isFull && !isFull ? progress : nil
  }

  mutating func append(_ item: UpdateQueue.Item, limit: Int) -> Delivery {
    guard !hasFinished else { return (nil, nil, nil) }
    items.append(item)
    if let consumer = waiter {
      let before = isQuiet
      guard let update = take(limit: limit) else { return (nil, nil, nil) }
      waiter = nil
      return (consumer, update, progress(before))
    }
    if items.count >= limit { isFull = true }
    return (nil, nil, nil)
  }

  /// Takes the next update out, with the places in front of it.
  mutating func take(limit: Int) -> Update? {
    defer { if isFull, items.count <= limit / 2 { isFull = false } }
    while let item = items.popFirst() {
      switch item {
      case .update(let update):
        return update
      case .message(let message, let epoch):
        reach(Position(conversation: message.conversation, epoch: epoch, sequence: message.sequence))
        return .message(message)
      case .gap(let gap, let position):
        reach(position)
        return .gap(gap)
      case .place(let position):
        taken[position.conversation] = position
      case .forget(let conversation):
        taken[conversation] = nil
        unacknowledged[conversation] = nil
      }
    }
    return nil
  }

  private mutating func reach(_ position: Position) {
    taken[position.conversation] = position
    if position.sequence > 0 { unacknowledged[position.conversation] = position }
  }
}
