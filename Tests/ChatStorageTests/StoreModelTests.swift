import ChatCore
import ChatStorage
import Testing

/// Random operations, compared with the model after each.
struct StoreModelTests {
  @Test(arguments: [1, 2, 3, 4] as [UInt64])
  func `SQLite agrees with the model, also after opening again`(seed: UInt64) async throws {
    let directory = try TemporaryDirectory()
    var options = SQLiteStore.Options()
    // Small, so that conversations leave the cache and come back.
    options.conversationsCached = 4
    options.runBytes = 1000
    options.recentRuns = 7
    var store = try SQLiteStore(path: directory.store, options: options)
    var model = StoreContents(epoch: store.epoch)
    var operations = RandomOperations(seed: seed)
    for step in 0..<400 {
      let writes = operations.writes()
      let outcomes = try await store.write(writes)
      #expect(outcomes == model.apply(writes), "seed \(seed), step \(step)")
      let query = operations.query()
      #expect(try await store.read(query) == model.answer(query), "seed \(seed), step \(step), \(query)")
      if step % 50 == 49 {
        let epoch = store.epoch
        await store.close()
        store = try SQLiteStore(path: directory.store, options: options)
        #expect(store.epoch == epoch)
      }
    }
    for query in operations.everything {
      #expect(try await store.read(query) == model.answer(query), "seed \(seed), \(query)")
    }
    await store.close()
  }

  @Test func `the model keeps the end of a log when retention deletes its start`() throws {
    var contents = StoreContents(epoch: 1)
    let group = try ConversationID("group:g")
    func page(_ bound: PageQuery.Bound) -> StoreAnswer {
      contents.answer(.page(PageQuery(conversation: group, bound: bound, messages: 100, bytes: 1 << 20)))
    }
    func sequences(_ answer: StoreAnswer) -> [UInt64] {
      guard case .page(let page) = answer, let messages = try? page.messages() else { return [] }
      return messages.map(\.sequence)
    }
    func ends() -> [UInt64] {
      guard case .log(let state) = contents.answer(.log(group)) else { return [] }
      return [state.firstSequence, state.lastSequence]
    }
    contents.deleteMessages(in: group, through: 3)
    #expect(ends() == [0, 0])
    _ = contents.apply([
      .append(try (1...6).map { try message("a", id: "\($0)", time: $0) }, to: group)
    ])
    contents.deleteMessages(in: group, through: 0)
    contents.deleteMessages(in: group, through: 3)
    contents.deleteMessages(in: group, through: 2)
    #expect(ends() == [4, 6])
    #expect(sequences(page(.after(0))) == [4, 5, 6])
    #expect(sequences(page(.after(4))) == [5, 6])
    #expect(sequences(page(.before(6))) == [4, 5])
    #expect(sequences(page(.before(4))) == [])
    contents.deleteMessages(in: group, through: .max)
    contents.deleteMessages(in: group, through: .max)
    #expect(ends() == [7, 6])
    #expect(sequences(page(.after(0))) == [])
    #expect(sequences(page(.before(.max))) == [])
    let outcomes = contents.apply([
      .append([try message("a", id: "2"), try message("a")], to: group)
    ])
    guard case .appended(let append)? = outcomes.first else { throw Unexpected() }
    #expect(append.places == [.duplicate(sequence: 2, time: 2), .stored(sequence: 7)])
    #expect(sequences(page(.after(0))) == [7])
  }
}

/// Operations on few users and conversations, so that they meet often.
private struct RandomOperations {
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
