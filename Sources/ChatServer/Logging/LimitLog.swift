import Logging

/// Tells operators which limits were hit, each once in a while and with how often.
struct LimitLog: Sendable {
  /// Between two lines about one limit, in milliseconds.
  private static let interval: UInt64 = 5_000

  private let logger: Logger
  /// Whose limits they are; nil: of the whole node.
  private let loop: Int?
  /// How often each was hit when it was told last.
  private var told: [String: UInt64] = [:]
  private var lines = RepeatedLines<String>(interval: interval)

  init(_ logger: Logger, loop: Int?) {
    self.logger = logger
    self.loop = loop
  }

  /// Tells which limits were hit since the last time.
  ///
  /// - Parameter hits: how often each was hit since the start.
  mutating func look(at hits: [String: UInt64], at now: UInt64) {
    if hits != told {
      for (limit, count) in hits.sorted(by: { $0.key < $1.key }) { tell(limit, hit: count, at: now) }
    }
    // They are in the sums of the next look.
    _ = lines.overdue(at: now)
  }

  private mutating func tell(_ limit: String, hit count: UInt64, at now: UInt64) {
    let new = count &- (told[limit] ?? 0)
    guard new > 0, lines.note(limit, at: now) != nil else { return }
    told[limit] = count
    var metadata: Logger.Metadata = [
      "event.action": "limit-hit", "chat.limit": "\(limit)", "chat.count": .stringConvertible(new),
    ]
    if let loop { metadata["chat.loop"] = .stringConvertible(loop) }
    logger.warning("a limit was hit", metadata: metadata)
  }
}
