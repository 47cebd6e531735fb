/// Which conversations are kept.
public struct RetentionRules: Sendable, Hashable {
  /// Broadcasts whose names begin with one of these are not stored: their sequences count in memory, their
  /// messages live as long as they are in the window, and are delivered at most once. For live reactions and
  /// telemetry.
  public var none: [String] = []

  /// Everything is stored.
  public init() {}

  /// Only broadcasts can go without the store: the members of groups and direct conversations are there.
  public static let allowedPrefix = "broadcast:"

  /// Whether the store keeps what is published there. O(rules).
  package func keeps(_ conversation: ConversationID) -> Bool {
    none.isEmpty || conversation.kind != .broadcast || !none.contains { conversation.name.hasPrefix($0) }
  }
}
