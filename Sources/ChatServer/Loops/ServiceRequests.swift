import ChatCore
import NIOCore

/// Requests of operators that a loop has not answered yet. Confined to the loop.
struct ServiceRequests {
  private var last: UInt64 = 0
  private var waiting: [UInt64: EventLoopPromise<ServerFrame.Body>] = [:]

  mutating func add(on eventLoop: any EventLoop) -> (
    number: UInt64, answer: EventLoopFuture<ServerFrame.Body>
  ) {
    last &+= 1
    let promise = eventLoop.makePromise(of: ServerFrame.Body.self)
    waiting[last] = promise
    return (last, promise.futureResult)
  }

  mutating func answer(_ number: UInt64, _ body: ServerFrame.Body) {
    waiting.removeValue(forKey: number)?.succeed(body)
  }

  /// The loop ends.
  mutating func failAll() {
    for promise in waiting.values {
      promise.fail(ChatError(.draining, "this node has shut down: ask another one"))
    }
    waiting.removeAll()
  }
}
