import ChatCore
import ChatStorage
import Testing

/// What every store promises about lists of conversations and members.
struct ListConformanceTests {
  @Test(arguments: StoreKind.allCases)
  func `a conversation is there from its first message or member on`(kind: StoreKind) async throws {
    try await kind.withStore { store, epoch in
      let group = try ConversationID("group:g")
      #expect(try await store.conversation(group) == nil)
      #expect(try await store.members(group) == nil)
      #expect(try await store.conversations().isEmpty)
      _ = try await store.join(group, UserID("u"))
      let empty = LogState(epoch: epoch, firstSequence: 0, lastSequence: 0, members: 1)
      #expect(try await store.conversation(group) == StoredConversation(conversation: group, log: empty))
      _ = try await store.append([message("u")], to: .everyone)
      let log = LogState(epoch: epoch, firstSequence: 1, lastSequence: 1, members: 0)
      #expect(
        try await store.conversations() == [
          StoredConversation(conversation: .everyone, log: log),
          StoredConversation(conversation: group, log: empty),
        ])
      _ = try await store.leave(group, UserID("u"))
      #expect(try await store.conversation(group)?.log.members == 0)
      #expect(try await store.members(group) == [])
    }
  }

  @Test(arguments: StoreKind.allCases)
  func `conversations are listed in byte order, page by page`(kind: StoreKind) async throws {
    try await kind.withStore { store, _ in
      let sorted = [
        "broadcast:everyone", "direct:a:b", "group:A", "group:Z", "group:a", "group:a-b", "group:a/b",
        "group:a@b", "group:aa", "group:b",
      ]
      for name in sorted.shuffled() {
        _ = try await store.append([message("a")], to: ConversationID(name))
      }
      func names(after name: String? = nil, _ limit: Int = 100) async throws -> [String] {
        try await store.conversations(after: name, limit: limit).map(\.conversation.name)
      }
      #expect(try await names() == sorted)
      #expect(try await names(after: "") == sorted)
      var paged: [String] = []
      while true {
        let page = try await names(after: paged.last, 3)
        if page.isEmpty { break }
        paged += page
      }
      #expect(paged == sorted)
      #expect(try await names(after: "group:a", 2) == ["group:a-b", "group:a/b"])
      // What does not exist is a place too.
      #expect(try await names(after: "group:a.", 1) == ["group:a/b"])
      #expect(try await names(after: "e\u{301}\u{0}", 1) == ["group:A"])
      #expect(try await names(after: "\u{10ffff}") == [])
      #expect(try await names(0) == [])
      #expect(try await names(-1) == [])
    }
  }

  @Test(arguments: StoreKind.allCases)
  func `members are listed in byte order, with their marks and when they joined`(
    kind: StoreKind
  ) async throws {
    try await kind.withStore { store, _ in
      let (group, other) = (try ConversationID("group:g"), try ConversationID("group:other"))
      let users = try ["B", "a", "a.b", "a@b", "b", "c"].map { try UserID($0) }
      for (time, user) in users.enumerated().shuffled() {
        _ = try await store.write([.join(conversation: group, user: user, time: Int64(time))])
        _ = try await store.join(other, user)
      }
      _ = try await store.join(other, UserID("bo"))
      _ = try await store.leave(group, users[4])
      _ = try await store.append([message("a"), message("a")], to: group)
      _ = try await store.write([.mark([Mark(conversation: group, user: users[1], delivered: 2, read: 1)])])
      let all = try #require(try await store.members(group))
      #expect(all.map(\.user) == [users[0], users[1], users[2], users[3], users[5]])
      #expect(all.map(\.joined) == [0, 1, 2, 3, 5])
      #expect(all[1] == StoredMember(user: users[1], delivered: 2, read: 1, joined: 1))
      #expect(try await store.members(group, after: "a", limit: 2) == [all[2], all[3]])
      #expect(try await store.members(group, after: "b") == [all[4]])
      #expect(try await store.members(group, after: "c") == [])
      #expect(try await store.members(group, limit: 0) == [])
      #expect(try await store.members(group, limit: -1) == [])
    }
  }

  @Test(arguments: StoreKind.allCases)
  func `a broadcast's list of members is empty`(kind: StoreKind) async throws {
    try await kind.withStore { store, _ in
      _ = try await store.append([message("a")], to: .everyone)
      #expect(try await store.members(.everyone) == [])
    }
  }
}
