/// A member of a conversation as it stands in the store.
public struct StoredMember: Hashable, Sendable {
  /// Who.
  public var user: UserID
  /// The last sequence that the user's devices have acknowledged.
  public var delivered: UInt64
  /// The last sequence that the user has read.
  public var read: UInt64
  /// When the user joined, in milliseconds since 1970; 0 for the users of a direct conversation, who are members
  /// from its start.
  public var joined: Int64

  /// Makes a value.
  public init(user: UserID, delivered: UInt64, read: UInt64, joined: Int64) {
    self.user = user
    self.delivered = delivered
    self.read = read
    self.joined = joined
  }
}
