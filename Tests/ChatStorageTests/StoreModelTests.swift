import ChatCore
import ChatStorage
import Testing

/// Random operations, compared with the model after each.
struct StoreModelTests {
  // With redo logs that take all, of which the halves are soon full, that take less than a group, and none.
  @Test(arguments: [1, 2, 3, 4] as [UInt64], [16 << 20, 32 << 10, 1 << 10, 0])
  func `SQLite agrees with the model, also after opening again`(seed: UInt64, redoBytes: Int) async throws {
    let directory = try TemporaryDirectory()
    var options = SQLiteStore.Options()
    options.redoBytes = redoBytes
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
