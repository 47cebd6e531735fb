import ChatCore
import ChatStorage
import Testing

/// What every store promises.
struct StoreConformanceTests {
  @Test(arguments: StoreKind.allCases)
  func `an unknown log is empty and has the store's epoch`(kind: StoreKind) async throws {
    try await kind.withStore { store, epoch in
      let group = try ConversationID("group:none")
      let empty = LogState(epoch: epoch, firstSequence: 0, lastSequence: 0, members: 0)
      #expect(try await store.log(group) == empty)
      #expect(try await store.page(group, .after(0)).isEmpty)
      #expect(try await store.memberships(UserID("nobody")).isEmpty)
      #expect(epoch > 0)
    }
  }

  @Test(arguments: StoreKind.allCases)
  func `appending makes a log with dense sequences from 1`(kind: StoreKind) async throws {
    try await kind.withStore { store, epoch in
      let group = try ConversationID("group:g")
      let first = try await store.append([message("a", "1"), message("b", "2")], to: group)
      #expect(
        first
          == AppendOutcome(
            epoch: epoch, lastSequence: 2, members: 0, places: [.stored(sequence: 1), .stored(sequence: 2)],
            created: true))
      let second = try await store.append([message("a", "3")], to: group)
      #expect(second.places == [.stored(sequence: 3)])
      #expect(!second.created)
      #expect(
        try await store.log(group) == LogState(epoch: epoch, firstSequence: 1, lastSequence: 3, members: 0))
    }
  }

  @Test(arguments: StoreKind.allCases)
  func `a message comes back as it was handed over`(kind: StoreKind) async throws {
    try await kind.withStore { store, _ in
      let sent = Draft(
        sender: try UserID("a"), clientMessageID: "id", time: -5, contentType: "text/ü",
        traceparent: "00-trace", body: Payload([0, 255, 0, 128]))
      let empty = try message("b")
      _ = try await store.append([sent, empty], to: .everyone)
      let page = try await store.page(.everyone, .after(0))
      var expected = Message()
      expected.sequence = 1
      expected.time = -5
      expected.conversation = "broadcast:everyone"
      expected.sender = "a"
      expected.contentType = "text/ü"
      expected.traceparent = "00-trace"
      expected.body = Payload([0, 255, 0, 128])
      #expect(page.count == 2)
      #expect(page.first == expected)
      #expect(page.last?.body == .empty)
    }
  }

  @Test(arguments: StoreKind.allCases)
  func `a retry answers with the original's sequence and time`(kind: StoreKind) async throws {
    try await kind.withStore { store, _ in
      let group = try ConversationID("group:g")
      _ = try await store.append([message("a", "1", id: "x", time: 10)], to: group)
      let retry = try await store.append(
        [
          message("a", "1", id: "x", time: 20), message("a", "2", id: "y", time: 21),
          message("a", "2", id: "y", time: 22), message("b", "3", id: "x", time: 23),
        ], to: group)
      #expect(
        retry.places == [
          .duplicate(sequence: 1, time: 10), .stored(sequence: 2), .duplicate(sequence: 2, time: 21),
          .stored(sequence: 3),
        ])
      #expect(retry.lastSequence == 3)
      let elsewhere = try await store.append([message("a", id: "x")], to: .everyone)
      #expect(elsewhere.places == [.stored(sequence: 1)])
    }
  }

  @Test(arguments: StoreKind.allCases)
  func `messages without an id are never duplicates, and ids compare by bytes`(kind: StoreKind) async throws {
    try await kind.withStore { store, _ in
      let outcome = try await store.append(
        [message("a"), message("a"), message("a", id: "e\u{301}"), message("a", id: "\u{e9}")], to: .everyone)
      #expect(outcome.places == (1...4).map { .stored(sequence: $0) })
    }
  }

  @Test(arguments: StoreKind.allCases)
  func `pages go both ways and end with the log`(kind: StoreKind) async throws {
    try await kind.withStore { store, _ in
      _ = try await store.append((1...10).map { _ in try message("a") }, to: .everyone)
      func page(_ bound: PageQuery.Bound, _ limit: Int = 100) async throws -> [UInt64] {
        try await store.page(.everyone, bound, messages: limit).map(\.sequence)
      }
      #expect(try await page(.after(0), 3) == [1, 2, 3])
      #expect(try await page(.after(8), 3) == [9, 10])
      #expect(try await page(.after(10)) == [])
      #expect(try await page(.after(.max)) == [])
      #expect(try await page(.before(5), 3) == [2, 3, 4])
      #expect(try await page(.before(3), 3) == [1, 2])
      #expect(try await page(.before(.max), 2) == [9, 10])
      #expect(try await page(.before(1)) == [])
      #expect(try await page(.before(0)) == [])
      #expect(try await page(.after(0), 0) == [])
      #expect(try await page(.before(5), -1) == [])
    }
  }

  @Test(arguments: StoreKind.allCases)
  func `a page is cut by bytes but keeps the message next to its bound`(kind: StoreKind) async throws {
    try await kind.withStore { store, _ in
      let draft = try message("a", String(repeating: "x", count: 10))
      let size = draft.byteCount(in: .everyone)
      _ = try await store.append((1...5).map { _ in draft }, to: .everyone)
      func page(_ bound: PageQuery.Bound, bytes: Int) async throws -> [UInt64] {
        try await store.page(.everyone, bound, bytes: bytes).map(\.sequence)
      }
      #expect(try await page(.after(0), bytes: 3 * size) == [1, 2, 3])
      #expect(try await page(.after(0), bytes: 3 * size - 1) == [1, 2])
      #expect(try await page(.before(6), bytes: 2 * size) == [4, 5])
      #expect(try await page(.after(2), bytes: 0) == [3])
      #expect(try await page(.before(4), bytes: -1) == [3])
    }
  }

  @Test(arguments: StoreKind.allCases)
  func `users of a direct conversation are members from the start`(kind: StoreKind) async throws {
    try await kind.withStore { store, epoch in
      let (alice, bob) = (try UserID("alice"), try UserID("bob"))
      let direct = ConversationID.direct(bob, alice)
      #expect(try await store.append([message("alice", "hi")], to: direct).members == 2)
      let log = LogState(epoch: epoch, firstSequence: 1, lastSequence: 1, members: 2)
      let none = Membership.Peer(delivered: 0, read: 0)
      #expect(
        try await store.memberships(bob)
          == [Membership(conversation: direct, log: log, delivered: 0, peer: none)])
      let oneself = ConversationID.direct(alice, alice)
      #expect(try await store.append([message("alice")], to: oneself).members == 1)
    }
  }

  @Test(arguments: StoreKind.allCases)
  func `joining starts at the end, and joining or leaving twice changes nothing`(kind: StoreKind) async throws
  {
    try await kind.withStore { store, epoch in
      let (group, user) = (try ConversationID("group:g"), try UserID("u"))
      #expect(try await !store.leave(group, user).changed)
      #expect(try await store.append([message("a"), message("a")], to: group).created)
      let joined = try await store.join(group, user)
      let log = LogState(epoch: epoch, firstSequence: 1, lastSequence: 2, members: 1)
      #expect(
        joined
          == MembershipOutcome(
            changed: true, membership: Membership(conversation: group, log: log, delivered: 2, read: 2)))
      let again = try await store.join(group, user)
      #expect(!again.changed)
      #expect(again.membership == joined.membership)
      let left = try await store.leave(group, user)
      #expect(left.changed)
      #expect(left.membership.delivered == 0)
      #expect(left.membership.read == 0)
      #expect(left.membership.log.members == 0)
      #expect(try await !store.leave(group, user).changed)
      #expect(try await store.memberships(user).isEmpty)
    }
  }

  @Test(arguments: StoreKind.allCases)
  func `a broadcast has no members`(kind: StoreKind) async throws {
    try await kind.withStore { store, _ in
      let user = try UserID("u")
      #expect(try await !store.join(.everyone, user).changed)
      #expect(try await store.append([message("a")], to: .everyone).members == 0)
      #expect(try await store.memberships(user).isEmpty)
    }
  }

  @Test(arguments: StoreKind.allCases)
  func `memberships come with the newest messages last, and the limit keeps those`(
    kind: StoreKind
  ) async throws {
    try await kind.withStore { store, _ in
      let user = try UserID("u")
      let groups = try (1...4).map { try ConversationID("group:\($0)") }
      for group in groups { _ = try await store.join(group, user) }
      for (group, time) in [(groups[2], 10), (groups[0], 30), (groups[1], 20)] {
        _ = try await store.append([message("a", time: Int64(time))], to: group)
      }
      #expect(
        try await store.memberships(user).map(\.conversation) == [groups[3], groups[2], groups[1], groups[0]])
      #expect(try await store.memberships(user, limit: 2).map(\.conversation) == [groups[1], groups[0]])
      #expect(try await store.memberships(user, limit: 0).isEmpty)
      #expect(try await store.memberships(user, limit: -1).isEmpty)
    }
  }

  @Test(arguments: StoreKind.allCases)
  func `writes of one call take effect in order`(kind: StoreKind) async throws {
    try await kind.withStore { store, _ in
      let (group, user) = (try ConversationID("group:g"), try UserID("u"))
      let outcomes = try await store.write([
        .append([message("a")], to: group),
        .join(conversation: group, user: user, time: 1),
        .append([message("a")], to: group),
        .mark([Mark(conversation: group, user: user, delivered: 2)]),
        .append([], to: group),
        .leave(conversation: group, user: user),
      ])
      #expect(outcomes.count == 6)
      guard case .membership(let left)? = outcomes.last, case .appended(let append) = outcomes[4] else {
        throw Unexpected()
      }
      #expect(left.changed)
      #expect(append.places.isEmpty)
      #expect(append.lastSequence == 2)
      #expect(append.members == 1)
      #expect(try await store.write([]).isEmpty)
    }
  }

  @Test(arguments: StoreKind.allCases)
  func `a closed store says so, and closing twice is fine`(kind: StoreKind) async throws {
    try await kind.withStore { store, _ in
      await store.close()
      await store.close()
      let writing = await #expect(throws: StoreError.self) { try await store.write([]) }
      #expect(writing?.code == .closed)
      let reading = await #expect(throws: StoreError.self) { try await store.log(.everyone) }
      #expect(reading?.code == .closed)
    }
  }

  @Test(arguments: StoreKind.allCases)
  func `senders who may be no members are told if they are none, in groups`(kind: StoreKind) async throws {
    try await kind.withStore { store, _ in
      let group = try ConversationID("group:g")
      _ = try await store.join(group, UserID("ann"))
      var drafts = try ["ann", "bob", "carol"].map { try message($0, "x") }
      #expect(try await store.append(drafts, to: group).outsiders.isEmpty, "nobody asked")
      for index in [0, 1] { drafts[index].mayBeFromOutside = true }
      #expect(try await store.append(drafts, to: group).outsiders == [UserID("bob")])
      #expect(try await store.append(drafts, to: .everyone).outsiders.isEmpty, "a broadcast has no members")
    }
  }

  @Test(arguments: StoreKind.allCases)
  func `transactions that store messages are counted with how many`(kind: StoreKind) async throws {
    try await kind.withStore { store, _ in
      #expect(store.report.batches.count == 0)
      _ = try await store.append([message("a", "1"), message("a", "2"), message("a", "3")], to: .everyone)
      _ = try await store.write([.probe])
      #expect(store.report.batches.count == 1)
      #expect(store.report.batches.sum == 3)
    }
  }

  @Test func `a store in a file knows how much room its disk has, one in memory does not`() async throws {
    for (kind, knows) in [(StoreKind.sqlite, true), (.memory, false)] {
      try await kind.withStore { store, _ in
        guard case .space(let space) = try await store.read(.space) else { throw Unexpected() }
        #expect(space.freeBytes.map { $0 > 0 } == (knows ? true : nil))
      }
    }
  }
}
