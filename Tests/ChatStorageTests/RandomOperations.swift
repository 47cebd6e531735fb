import ChatCore

/// Operations on few users and conversations, so that they meet often.
struct RandomOperations {
  private var generator: SeededGenerator
  private let users: [UserID]
  private let conversations: [ConversationID]
  private let ids = ["", "", "1", "2", "3", "e\u{301}", "\u{e9}", "a\u{0}b"]

  init(seed: UInt64) {
    generator = SeededGenerator(seed: seed)
    let users = ["a", "b", "c", "A", "z.z"].compactMap { try? UserID($0) }
    self.users = users
    let named = ["group:1", "group:2", "group:a/b", "broadcast:everyone", "broadcast:2"]
    conversations =
      named.compactMap { try? ConversationID($0) }
      + users.flatMap { one in users.prefix(2).map { .direct(one, $0) } }
  }

  var everything: [StoreQuery] {
    [.conversations(after: nil, limit: 1000)] + users.map { .memberships($0, limit: 1000) }
      + conversations.map { .members($0, after: nil, limit: 1000) }
      + conversations.map {
        .page(PageQuery(conversation: $0, bound: .after(0), messages: 10_000, bytes: 1 << 30))
      }
  }

  mutating func writes() -> [StoreWrite] {
    (0..<number(in: 0...4)).map { _ in
      switch number(in: 0...9) {
      case 0: .join(conversation: conversation(), user: user(), time: Int64(number(in: 0...50)))
      case 1: .leave(conversation: conversation(), user: user())
      case 2:
        .mark(
          (0..<number(in: 0...3)).map { _ in
            Mark(conversation: conversation(), user: user(), delivered: sequence(), read: sequence())
          })
      default:
        .append((0..<number(in: 0...3)).map { _ in message() }, to: conversation())
      }
    }
  }

  mutating func query() -> StoreQuery {
    switch number(in: 0...7) {
    case 0: .log(conversation())
    case 1: .memberships(user(), limit: number(in: -1...12))
    case 2: .conversation(conversation())
    case 3:
      .conversations(
        after: number(in: 0...2) == 0 ? nil : conversation().name, limit: number(in: -1...12))
    case 4:
      .members(
        conversation(), after: number(in: 0...2) == 0 ? nil : user().name, limit: number(in: -1...5))
    default:
      .page(
        PageQuery(
          conversation: conversation(),
          bound: number(in: 0...1) == 0 ? .after(sequence()) : .before(sequence()),
          messages: number(in: -1...12), bytes: number(in: -1...2000)))
    }
  }

  private mutating func message() -> Draft {
    let body = (0..<number(in: 0...400)).map { UInt8(truncatingIfNeeded: $0) }
    return Draft(
      sender: user(), clientMessageID: ids[number(in: 0...ids.count - 1)], time: Int64(number(in: -5...50)),
      contentType: number(in: 0...1) == 0 ? "" : "text/plain", body: Payload(body))
  }

  private mutating func user() -> UserID { users[number(in: 0...users.count - 1)] }

  private mutating func conversation() -> ConversationID {
    conversations[number(in: 0...conversations.count - 1)]
  }

  private mutating func sequence() -> UInt64 {
    number(in: 0...20) == 0 ? UInt64.max - UInt64(number(in: 0...1)) : UInt64(number(in: 0...60))
  }

  private mutating func number(in range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &generator) }
}
