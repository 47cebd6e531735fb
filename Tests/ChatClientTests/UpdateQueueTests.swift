import ChatCore
import Synchronization
import Testing

@testable import ChatClient

@Suite struct UpdateQueueTests {
  private func message(_ sequence: UInt64) -> UpdateQueue.Item {
    var message = Message()
    (message.conversation, message.sequence) = ("group:a", sequence)
    return .message(message, epoch: 7)
  }

  private func sequence(_ update: Update?) -> UInt64? {
    guard case .message(let message)? = update else { return nil }
    return message.sequence
  }

  @Test func `positions are those of what was taken out, not of what waits`() async {
    let queue = UpdateQueue(limit: 10)
    queue.append(.place(Position(conversation: "group:a", epoch: 7, sequence: 3)))
    queue.append(message(4))
    queue.append(message(5))
    #expect(queue.positions == [])
    #expect(sequence(await queue.next(isolation: nil)) == 4)
    #expect(queue.positions == [Position(conversation: "group:a", epoch: 7, sequence: 4)])
    #expect(queue.takeUnacknowledged().map(\.sequence) == [4])
    #expect(queue.takeUnacknowledged() == [])
  }

  @Test func `a full queue has room again when half of it is taken out, and says so once`() async {
    let queue = UpdateQueue(limit: 4)
    let calls = Mutex(0)
    for sequence in 1...4 as ClosedRange<UInt64> { queue.append(message(sequence)) }
    #expect(!queue.hasRoom)
    _ = await queue.next(isolation: nil)
    queue.onProgress { calls.withLock { $0 += 1 } }
    #expect(!queue.hasRoom)
    _ = await queue.next(isolation: nil)
    #expect(queue.hasRoom)
    _ = await queue.next(isolation: nil)
    #expect(calls.withLock { $0 } == 1)
  }

  @Test func `a waiting consumer gets what comes, then the end`() async {
    let queue = UpdateQueue(limit: 4)
    let consumer = Task {
      var taken: [UInt64] = []
      for await update in Updates(queue: queue) { taken.append(sequence(update) ?? 0) }
      return taken
    }
    for sequence in 1...100 as ClosedRange<UInt64> {
      queue.append(message(sequence))
      await Task.yield()
    }
    queue.finish()
    #expect(await consumer.value == Array(1...100))
  }

  @Test func `a cancelled consumer ends, and the next one goes on`() async {
    let queue = UpdateQueue(limit: 4)
    let consumer = Task { await queue.next(isolation: nil) }
    await Task.yield()
    consumer.cancel()
    #expect(sequence(await consumer.value) == nil)
    queue.append(message(1))
    #expect(sequence(await queue.next(isolation: nil)) == 1)
  }
}
