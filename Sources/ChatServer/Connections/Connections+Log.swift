import ChatCore
import Logging
import NIOConcurrencyHelpers
import NIOCore

extension Connections {
  /// Between two looks at what was hit.
  private static let logInterval = TimeAmount.seconds(1)

  /// Tells operators of the limits that are hit, until the loop ends. Those of connections are of the whole node, so one
  /// loop tells them for all.
  func tellLimits(on eventLoop: any EventLoop, _ logger: Logger) {
    let log = NIOLockedValueBox(LimitLog(logger, loop: nil))
    eventLoop.scheduleRepeatedTask(initialDelay: Self.logInterval, delay: Self.logInterval) { [self] _ in
      let hits = hits
      log.withLockedValue { $0.look(at: hits, at: Moment.now().uptime) }
    }
  }
}
