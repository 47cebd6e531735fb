import Testing

@testable import ChatCore

@Suite struct GrantsTests {
  private let alice: UserID

  init() throws { alice = try UserID("alice") }

  private func grants(_ rules: (String, Grants.Rights)...) throws -> Grants {
    var made: [Grants.Rule] = []
    for (pattern, rights) in rules { made.append(try Grants.Rule(pattern, rights)) }
    return try Grants(made)
  }

  @Test(arguments: [
    ("*", "group:a", true), ("*", "direct:alice:bob", true), ("*", "broadcast:everyone", true),
    ("group:a", "group:a", true), ("group:a", "group:ab", false), ("group:a", "broadcast:a", false),
    ("group:team/*", "group:team/1", true), ("group:team/*", "group:team", false),
    ("group:team/*", "group:team2/1", false), ("group:*", "group:x", true), ("group:*", "broadcast:x", false),
    ("broadcast:live*", "broadcast:lively", true), ("broadcast:live*", "broadcast:liv", false),
    ("user:bob", "direct:alice:bob", true), ("user:bob", "direct:alice:bobby", false),
    ("user:bo*", "direct:alice:bobby", true), ("user:*", "direct:alice:zoe", true),
    ("user:*", "group:x", false),
    // Seen from alice: what two others say to each other is no conversation with bob.
    ("user:bob", "direct:bob:carol", false), ("user:alice", "direct:alice:alice", true),
    ("user:alice", "direct:alice:bob", false), ("direct:alice:bob", "direct:alice:bob", true),
    ("direct:alice:*", "direct:alice:bob", true), ("direct:*", "direct:aaron:alice", true),
  ])
  func `a pattern covers what it names`(pattern: String, conversation: String, isCovered: Bool) throws {
    let grants = try grants((pattern, .publish))
    let conversation = try ConversationID(conversation)
    #expect(grants.allow(.publish, in: conversation, for: alice) == isCovered)
    #expect(!grants.allow(.subscribe, in: conversation, for: alice))
  }

  @Test func `rights of several patterns add up, and no pattern takes any away`() throws {
    let grants = try grants(("group:*", .subscribe), ("group:a*", .publish), ("group:ab", []))
    let ab = try ConversationID("group:ab")
    #expect(grants.allow([.publish, .subscribe], in: ab, for: alice))
    #expect(!grants.allow(.history, in: ab, for: alice))
    #expect(!grants.allow(.publish, in: try ConversationID("group:b"), for: alice))
  }

  @Test func `without grants everything is allowed, with an empty list nothing`() throws {
    let group = try ConversationID("group:a")
    #expect(Grants.everything.allow([.publish, .subscribe, .history], in: group, for: alice))
    #expect(!(try Grants([])).allow(.publish, in: group, for: alice))
  }

  @Test(arguments: [
    "", "group", "gro*", "group:", "group:a b", "group:a*b", "**", "user:", "user:a/b", "user:a/*", "room:x",
    "direct:a", "direct:a:b:c*", "direct:a/b:*", "group:a\u{0}*", " *", "everyone",
  ])
  func `other patterns are refused with what is allowed`(pattern: String) {
    let error = #expect(throws: ChatError.self) { try Grants.Rule(pattern, .publish) }
    #expect(error?.code == .invalidArgument)
    #expect(error?.message.contains("group:<id>") == true)
  }

  @Test func `the number of rules is bounded`() throws {
    let rule = try Grants.Rule("group:a", .publish)
    #expect(throws: Never.self) { try Grants(Array(repeating: rule, count: Grants.mostRules)) }
    #expect(throws: ChatError.self) { try Grants(Array(repeating: rule, count: Grants.mostRules + 1)) }
  }
}
