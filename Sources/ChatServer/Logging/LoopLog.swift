import ChatCore
import Logging
import NIOCore

/// What one loop tells operators. Confined to the loop.
///
/// Names of fields are those of `Docs/operations/logging.md`. Nothing of a message goes in here.
struct LoopLog {
  /// What may repeat as often as the network likes.
  fileprivate enum Line: Hashable, Sendable {
    case write(StoreError.Code)
    case read(StoreError.Code)
    case slowCommit
  }

  /// A commit that takes longer is told.
  static let slowCommit = TimeAmount.milliseconds(500)

  private let logger: Logger
  private let loop: Int
  private var lines = RepeatedLines<Line>()
  private var limits: LimitLog

  init(_ logger: Logger, loop: Int) {
    self.logger = logger
    self.loop = loop
    limits = LimitLog(logger, loop: loop)
  }

  // MARK: Sessions

  /// - Parameter session: asked for only if somebody reads it.
  func opened(_ session: @autoclosure () -> SessionState?, from address: SocketAddress?) {
    guard logger.logLevel <= .debug, let session = session() else { return }
    logger.debug(
      "session opened",
      metadata: [
        "event.action": "session-opened", "chat.session": "\(session.name)", "user.id": "\(session.user)",
        "chat.transport": "\(session.format)",
        "chat.conversations": .stringConvertible(session.conversations),
      ].adding(client: address))
  }

  /// - Parameter ending: asked for only if somebody reads it.
  func closed(_ ending: @autoclosure () -> SessionEnding?, from address: SocketAddress?) {
    guard logger.logLevel <= .debug, let ending = ending() else { return }
    logger.debug(
      "session closed",
      metadata: [
        "event.action": "session-closed", "chat.session": "\(ending.name)",
        "user.id": ending.user.map { "\($0)" } ?? "", "chat.code": "\(ending.code?.description ?? "none")",
        "event.reason": "\(ending.reason)", "chat.transport": "\(ending.format)",
        "event.duration": .stringConvertible(
          ending.duration.multipliedReportingOverflow(by: 1_000_000).partialValue),
      ].adding(client: address))
  }

  func connectionFailed(_ error: any Error, session: String?) {
    logger.debug(
      "connection failed",
      metadata: [
        "event.action": "connection-failed", "chat.session": "\(session ?? "")", "error.message": "\(error)",
        "error.type": "\(type(of: error))", "chat.loop": .stringConvertible(loop),
      ])
  }

  // MARK: The store

  mutating func writeFailed(_ error: StoreError, at now: UInt64) {
    guard let leftOut = lines.note(.write(error.code), at: now) else { return }
    logger.error("the store refused to write", metadata: metadata(error, "store-write", leftOut))
  }

  mutating func readFailed(_ error: StoreError, at now: UInt64) {
    guard let leftOut = lines.note(.read(error.code), at: now) else { return }
    logger.error("the store refused to read", metadata: metadata(error, "store-read", leftOut))
  }

  mutating func committed(in time: TimeAmount, at now: UInt64) {
    guard time >= Self.slowCommit, let leftOut = lines.note(.slowCommit, at: now) else { return }
    logger.warning(
      "a commit took long",
      metadata: [
        "event.action": "store-write", "event.duration": .stringConvertible(time.nanoseconds),
        "chat.left_out": .stringConvertible(leftOut), "chat.loop": .stringConvertible(loop),
      ])
  }

  private func metadata(_ error: StoreError, _ action: String, _ leftOut: Int) -> Logger.Metadata {
    [
      "event.action": "\(action)", "event.outcome": "failure", "error.code": "\(error.code.rawValue)",
      "error.message": "\(error.message)", "error.type": "StoreError",
      "chat.left_out": .stringConvertible(leftOut), "chat.loop": .stringConvertible(loop),
    ]
  }

  // MARK: From time to time

  /// Tells which limits were hit since the last time, and what was left out.
  ///
  /// - Parameter limits: how often each was hit since the start.
  mutating func look(at limits: [String: UInt64], at now: UInt64) {
    self.limits.look(at: limits, at: now)
    for (line, leftOut) in lines.overdue(at: now) {
      logger.notice(
        "lines were left out",
        metadata: [
          "event.action": "lines-left-out", "event.reason": "\(line.name)",
          "chat.left_out": .stringConvertible(leftOut), "chat.loop": .stringConvertible(loop),
        ])
    }
  }
}

extension LoopLog.Line {
  fileprivate var name: String {
    switch self {
    case .write(let code): "the store refused to write: \(code.rawValue)"
    case .read(let code): "the store refused to read: \(code.rawValue)"
    case .slowCommit: "a commit took long"
    }
  }
}
