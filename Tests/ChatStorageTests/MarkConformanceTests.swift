import ChatCore
import ChatStorage
import Testing

/// What every store promises about marks.
struct MarkConformanceTests {
  @Test(arguments: StoreKind.allCases)
  func `marks move forward only, up to the log's end, and for members only`(kind: StoreKind) async throws {
    try await kind.withStore { store, _ in
      let (group, user) = (try ConversationID("group:g"), try UserID("u"))
      _ = try await store.join(group, user)
      _ = try await store.append((1...5).map { _ in try message("a") }, to: group)
      func mark(delivered: UInt64 = 0, read: UInt64 = 0) async throws -> [UInt64] {
        let marks = [
          Mark(conversation: group, user: user, delivered: delivered, read: read),
          Mark(conversation: group, user: try UserID("stranger"), delivered: delivered, read: read),
          Mark(
            conversation: try ConversationID("group:none"), user: user, delivered: delivered, read: read),
        ]
        let before = try #require(try await store.memberships(user).first)
        let outcome = try await store.write([.mark(marks)])
        let now = try #require(try await store.memberships(user).first)
        let moved = Mark(conversation: group, user: user, delivered: now.delivered, read: now.read)
        #expect(outcome == [.marked(before == now ? [] : [moved])])
        #expect(try await store.memberships(UserID("stranger")).isEmpty)
        #expect(try await store.conversation(ConversationID("group:none")) == nil)
        return try await store.memberships(user).flatMap { [$0.delivered, $0.read] }
      }
      #expect(try await mark() == [0, 0])
      #expect(try await mark(delivered: 3) == [3, 0])
      #expect(try await mark(delivered: 2, read: 1) == [3, 1])
      #expect(try await mark(read: 2) == [3, 2])
      #expect(try await mark(read: 1) == [3, 2])
      #expect(try await mark(delivered: .max) == [5, 2])
      #expect(try await mark(delivered: 1, read: .max) == [5, 5])
    }
  }

  @Test(arguments: StoreKind.allCases)
  func `what was read was delivered`(kind: StoreKind) async throws {
    try await kind.withStore { store, _ in
      let (group, user) = (try ConversationID("group:g"), try UserID("u"))
      _ = try await store.join(group, user)
      _ = try await store.append((1...5).map { _ in try message("a") }, to: group)
      _ = try await store.write([.mark([Mark(conversation: group, user: user, delivered: 1, read: 4)])])
      #expect(try await store.memberships(user).map(\.delivered) == [4])
      _ = try await store.write([.mark([Mark(conversation: group, user: user, read: 9)])])
      #expect(
        try await store.members(group) == [StoredMember(user: user, delivered: 5, read: 5, joined: 1)])
    }
  }

  @Test(arguments: StoreKind.allCases)
  func `of a direct conversation a user learns the other's marks`(kind: StoreKind) async throws {
    try await kind.withStore { store, _ in
      let (alice, bob) = (try UserID("alice"), try UserID("bob"))
      let direct = ConversationID.direct(alice, bob)
      _ = try await store.append([message("alice", "1"), message("alice", "2")], to: direct)
      _ = try await store.write([.mark([Mark(conversation: direct, user: bob, delivered: 2, read: 1)])])
      let ofAlice = try #require(try await store.memberships(alice).first)
      #expect([ofAlice.delivered, ofAlice.read] == [0, 0])
      #expect(ofAlice.peer == Membership.Peer(delivered: 2, read: 1))
      let ofBob = try #require(try await store.memberships(bob).first)
      #expect([ofBob.delivered, ofBob.read] == [2, 1])
      #expect(ofBob.peer == Membership.Peer(delivered: 0, read: 0))
    }
  }

  @Test(arguments: StoreKind.allCases)
  func `only a direct conversation of two has another user`(kind: StoreKind) async throws {
    try await kind.withStore { store, _ in
      let alice = try UserID("alice")
      let group = try ConversationID("group:g")
      #expect(try await store.join(group, alice).membership.peer == nil)
      _ = try await store.join(group, UserID("bob"))
      _ = try await store.append([message("alice")], to: .direct(alice, alice))
      #expect(try await store.memberships(alice).map(\.peer) == [nil, nil])
    }
  }
}
