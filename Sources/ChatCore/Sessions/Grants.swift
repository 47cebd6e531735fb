/// What a token lets its user do, and in which conversations.
public struct Grants: Hashable, Sendable {
  /// Things to do in a conversation.
  public struct Rights: OptionSet, Hashable, Sendable {
    /// The bits.
    public let rawValue: UInt8

    /// Makes rights of bits.
    public init(rawValue: UInt8) { self.rawValue = rawValue }

    /// Write messages, and say that one is typing.
    public static let publish = Rights(rawValue: 1)
    /// Follow it, and join it if it is a group.
    public static let subscribe = Rights(rawValue: 2)
    /// Read what was written before: pages, and delivery from a place of the client's choice.
    public static let history = Rights(rawValue: 4)

    /// Each right by the word that a token has for it.
    public static let byName: [(name: String, right: Rights)] = [
      ("publish", .publish), ("subscribe", .subscribe), ("history", .history),
    ]
  }

  /// Rights in the conversations of one name, or in those whose names begin alike.
  public struct Rule: Hashable, Sendable {
    /// As in the token, with `*` at the end of a prefix.
    public let pattern: String
    /// What may be done there.
    public let rights: Rights
    private let scope: Scope

    private enum Scope: Hashable {
      case all
      /// A conversation's name, or its beginning.
      case conversation(String, isPrefix: Bool)
      /// The other user of a direct conversation, or the beginning of the user's id.
      case user(String, isPrefix: Bool)
    }

    /// Reads `group:<id>`, `broadcast:<id>`, `user:<id>` or `direct:<a>:<b>`, whole or with `*` in place of its end,
    /// or `*`.
    ///
    /// - Throws: ``ErrorCode/invalidArgument`` naming the pattern and the forms allowed.
    public init(_ pattern: String, _ rights: Rights) throws(ChatError) {
      self.pattern = pattern
      self.rights = rights
      let isPrefix = pattern.utf8.last == UInt8(ascii: "*")
      let text = isPrefix ? String(pattern.dropLast()) : pattern
      if isPrefix, text.isEmpty {
        scope = .all
      } else if let user = text.droppingPrefix("user:"),
        isPrefix ? user.isUserPrefix : (try? UserID(user)) != nil
      {
        scope = .user(user, isPrefix: isPrefix)
      } else if isPrefix ? text.isConversationPrefix : (try? ConversationID(text)) != nil {
        scope = .conversation(text, isPrefix: isPrefix)
      } else {
        throw ChatError(
          .invalidArgument,
          "\(pattern.quoted) names no conversations: use group:<id>, broadcast:<id> or user:<id>, with * in place of "
            + "the end for all that begin so, or * for all")
      }
    }

    fileprivate func covers(_ conversation: ConversationID, of user: UserID) -> Bool {
      switch scope {
      case .all: true
      case .conversation(let name, isPrefix: false): conversation.name == name
      case .conversation(let start, isPrefix: true): conversation.name.utf8.starts(with: start.utf8)
      case .user(let name, let isPrefix):
        conversation.other(than: user).map {
          isPrefix ? $0.name.utf8.starts(with: name.utf8) : $0.name == name
        }
          ?? false
      }
    }
  }

  /// The most rules of one token.
  public static let mostRules = 64

  /// Nothing but membership decides.
  public static let everything = Grants(rules: nil)

  /// `nil`: everything.
  public let rules: [Rule]?

  private init(rules: [Rule]?) { self.rules = rules }

  /// These and nothing else; a conversation that several cover has the rights of all of them.
  ///
  /// - Throws: ``ErrorCode/invalidArgument`` if there are more than ``mostRules``.
  public init(_ rules: [Rule]) throws(ChatError) {
    guard rules.count <= Self.mostRules else {
      throw ChatError(
        .invalidArgument, "\(rules.count) grants: at most \(Self.mostRules) are allowed; use prefixes")
    }
    self.rules = rules
  }

  /// Whether `user`, whose token it is, may do all of this there. O(rules).
  public func allow(_ rights: Rights, in conversation: ConversationID, for user: UserID) -> Bool {
    guard let rules else { return true }
    var granted: Rights = []
    for rule in rules where !rule.rights.isSubset(of: granted) && rule.covers(conversation, of: user) {
      granted.formUnion(rule.rights)
    }
    return granted.isSuperset(of: rights)
  }
}

extension Grants.Rights: CustomStringConvertible {
  /// The words, as in a token: `publish, history`.
  public var description: String {
    Self.byName.filter { contains($0.right) }.map(\.name).joined(separator: ", ")
  }
}

extension ConversationID {
  /// Whom a user talks to here; nil if that is not one other, or if the user is not of it.
  fileprivate func other(than user: UserID) -> UserID? {
    let users = directUsers
    guard users.contains(user) else { return nil }
    return users.first { $0 != user } ?? user
  }
}

extension String {
  fileprivate var isUserPrefix: Bool { isEmpty || isIdentifier(allowingSlash: false) }

  fileprivate var isConversationPrefix: Bool {
    if let id = droppingPrefix("group:") ?? droppingPrefix("broadcast:") {
      return id.isEmpty || id.isIdentifier(allowingSlash: true)
    }
    guard let users = droppingPrefix("direct:") else { return false }
    let parts = users.split(separator: ":", omittingEmptySubsequences: false)
    return parts.count <= 2 && parts.allSatisfy { String($0).isUserPrefix }
  }
}
