/// The name of a conversation, the same for all who read it.
public struct ConversationID: Hashable, Sendable {
  /// What a conversation is open to.
  public enum Kind: UInt8, Sendable {
    /// Two users.
    case direct = 1
    /// The members of a group.
    case group = 2
    /// All who are allowed.
    case broadcast = 3
  }

  /// The conversation that every session follows.
  public static let everyone = ConversationID(kind: .broadcast, name: "broadcast:everyone")

  /// What it is open to.
  public let kind: Kind
  /// The name as it travels on the wire: `group:<id>`, `broadcast:<id>` or `direct:<a>:<b>`.
  public let name: String

  private init(kind: Kind, name: String) {
    self.kind = kind
    self.name = name
  }

  /// Reads a name.
  ///
  /// - Throws: ``ErrorCode/invalidArgument`` naming the text and the forms allowed.
  public init(_ name: String) throws(ChatError) {
    if let id = name.droppingPrefix("group:"), id.isIdentifier(allowingSlash: true) {
      self.init(kind: .group, name: name)
    } else if let id = name.droppingPrefix("broadcast:"), id.isIdentifier(allowingSlash: true) {
      self.init(kind: .broadcast, name: name)
    } else if let users = name.droppingPrefix("direct:").flatMap(Self.users(in:)) {
      self = .direct(users.0, users.1)
    } else {
      throw ChatError(
        .invalidArgument,
        "address \(name.quoted) is not allowed: use user:<id>, group:<id> or broadcast:<id>, "
          + "where <id> is 1 to 128 characters of A-Z a-z 0-9 . _ - + @ (and / but for users)")
    }
  }

  /// The direct conversation of two users, who may be one and the same.
  public static func direct(_ one: UserID, _ other: UserID) -> ConversationID {
    let (first, second) = one < other ? (one, other) : (other, one)
    return ConversationID(kind: .direct, name: "direct:\(first.name):\(second.name)")
  }

  /// The users of a direct conversation: two, or one who talks to themself; empty for other kinds.
  public var directUsers: [UserID] {
    guard kind == .direct, let users = Self.users(in: String(name.dropFirst("direct:".count))) else {
      return []
    }
    return users.0 == users.1 ? [users.0] : [users.0, users.1]
  }

  private static func users(in text: String) -> (UserID, UserID)? {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count == 2, let first = try? UserID(String(parts[0])),
      let second = try? UserID(String(parts[1]))
    else { return nil }
    return (first, second)
  }

  // The name says it all, and hashing is on the message path.
  /// Compares names.
  public static func == (left: ConversationID, right: ConversationID) -> Bool { left.name == right.name }

  /// Hashes the name.
  public func hash(into hasher: inout Hasher) { hasher.combine(name) }
}

extension ConversationID: CustomStringConvertible {
  /// The name.
  public var description: String { name }
}
