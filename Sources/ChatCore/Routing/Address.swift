/// The name of a user: 1 to 128 bytes of `A-Z a-z 0-9 . _ - + @`.
public struct UserID: Hashable, Sendable, CustomStringConvertible {
  /// The name as it travels on the wire.
  public let name: String

  /// Stands where a request of the operator's needs a user and none is meant.
  package static let `operator` = UserID(unchecked: "operator")

  private init(unchecked name: String) { self.name = name }

  /// - Throws: ``ErrorCode/invalidArgument`` if the name is empty, too long or has another character.
  public init(_ name: String) throws(ChatError) {
    guard name.isIdentifier(allowingSlash: false) else {
      throw ChatError(
        .invalidArgument,
        "user id \(name.quoted) is not allowed: use 1 to 128 characters of A-Z a-z 0-9 . _ - + @")
    }
    self.name = name
  }

  /// The name.
  public var description: String { name }
}

extension UserID: Comparable {
  /// Byte order, which names direct conversations.
  public static func < (left: UserID, right: UserID) -> Bool {
    left.name.utf8.lexicographicallyPrecedes(right.name.utf8)
  }
}

/// Where a message goes, as its sender names it.
public enum Address: Hashable, Sendable {
  /// The direct conversation between the sender and this user.
  case user(UserID)
  /// A conversation by its name.
  case conversation(ConversationID)

  /// Reads `user:<id>`, `group:<id>`, `broadcast:<id>` or `direct:<a>:<b>`.
  ///
  /// - Throws: ``ErrorCode/invalidArgument`` naming the text and the forms allowed.
  public init(_ text: String) throws(ChatError) {
    if let user = text.droppingPrefix("user:") {
      self = .user(try UserID(user))
    } else {
      self = .conversation(try ConversationID(text))
    }
  }

  /// The conversation meant when `sender` uses this address.
  public func conversation(from sender: UserID) -> ConversationID {
    switch self {
    case .user(let user): .direct(sender, user)
    case .conversation(let conversation): conversation
    }
  }
}

extension String {
  func droppingPrefix(_ prefix: String) -> String? {
    hasPrefix(prefix) ? String(dropFirst(prefix.count)) : nil
  }

  func isIdentifier(allowingSlash: Bool) -> Bool {
    (1...128).contains(utf8.count)
      && utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
          UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"),
          UInt8(ascii: "+"), UInt8(ascii: "@"):
          true
        case UInt8(ascii: "/"): allowingSlash
        default: false
        }
      }
  }

  /// The text in quotes for an error message, shortened and without control characters.
  var quoted: String {
    let shown = String(
      String.UnicodeScalarView(unicodeScalars.lazy.filter { $0.value >= 32 && $0.value != 127 }.prefix(64)))
    return "\"\(shown)\(unicodeScalars.count > 64 ? "…" : "")\""
  }
}
