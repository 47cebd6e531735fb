import ChatCore
import NIOCore

/// How others reach a loop's driver.
struct LoopPort: Sendable {
  let eventLoop: any EventLoop
  let pulse: LoopPulse
  private let driver: NIOLoopBound<LoopDriver>

  /// Must be made on the driver's loop.
  init(_ driver: LoopDriver) {
    eventLoop = driver.eventLoop
    pulse = driver.pulse
    self.driver = NIOLoopBound(driver, eventLoop: driver.eventLoop)
  }

  /// The driver; only on its loop.
  var value: LoopDriver { driver.value }

  func deliver(_ messages: [LoopMessage]) {
    run { $0.deliver(messages) }
  }

  /// Runs on the driver's loop, after what was handed over before.
  func run(_ body: @escaping @Sendable (LoopDriver) -> Void) {
    eventLoop.execute { [driver] in body(driver.value) }
  }

  /// Asks on behalf of an operator; fails if the loop has ended.
  func ask(_ body: ClientFrame.Body, for user: UserID) async throws -> ServerFrame.Body {
    try await eventLoop.flatSubmit { [driver] in driver.value.serve(body, for: user) }.get()
  }

  func call<Value: Sendable>(_ body: @escaping @Sendable (LoopDriver) throws -> Value) async throws -> Value {
    try await eventLoop.submit { [driver] in try body(driver.value) }.get()
  }
}
