import ChatCore
import NIOHTTP1

/// The HTTP API: `Sources/CWebPages/web/openapi.json` describes the same routes.
enum AdminRoutes {
  static func all(_ broker: any BrokerService) -> [Route] {
    publish(broker) + conversations(broker) + members(broker) + users(broker) + sessions(broker)
      + self.broker(broker) + statistics(broker) + health(broker)
  }
}

/// The bounds of lists in the API.
enum ListLimit {
  static let range = 1...1_000
  static let standard = 100
  /// The longest name is that of a direct conversation: two users of 128 bytes.
  static let nameBytes = 300
}

extension HTTPRequest {
  func limit() throws(HTTPFailure) -> Int {
    try count("limit", in: ListLimit.range, default: ListLimit.standard)
  }

  /// The name behind which a page begins. It need not be one that there is, but must be like one.
  func after() throws(HTTPFailure) -> String? {
    guard let name = query["after"] else { return nil }
    let allowed = name.utf8.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
        // - . / digits :
        UInt8(ascii: "-")...UInt8(ascii: ":"), UInt8(ascii: "_"), UInt8(ascii: "+"), UInt8(ascii: "@"):
        true
      default: false
      }
    }
    guard allowed, (1...ListLimit.nameBytes).contains(name.utf8.count) else {
      throw .badRequest("after must be a name: leave it out to begin at the first one")
    }
    return name
  }

  func user() throws -> UserID { try UserID(parameter("user")) }

  /// A conversation by its name; `user:<id>` is none, because the API has no view of its own.
  func conversation() throws -> ConversationID {
    let name = try parameter("conversation")
    if name.hasPrefix("user:") {
      throw HTTPFailure.badRequest(
        "name a direct conversation by its two users: direct:<a>:<b>, in byte order")
    }
    return try ConversationID(name)
  }

  func group() throws -> ConversationID {
    let group = try ConversationID(parameter("group"))
    guard group.kind == .group else {
      throw HTTPFailure.badRequest("only groups have members that come and go: use group:<id>")
    }
    return group
  }
}

extension HTTPFailure {
  static func noConversation(_ conversation: ConversationID) -> HTTPFailure {
    .notFound("there is no conversation \(conversation): it begins with its first message or member")
  }
}
