import CSQLite
import ChatCore
import ChatStorage
import Testing

/// How messages lie in the store's rows shows nowhere but in the file.
struct RunTests {
  private let directory: TemporaryDirectory
  private let group: ConversationID
  /// Each append is a transaction, of which the file has the rows at once.
  private let options: SQLiteStore.Options

  init() throws {
    var options = SQLiteStore.Options()
    options.redoBytes = 0
    self.options = options
    directory = try TemporaryDirectory()
    group = try ConversationID("group:g")
  }

  /// Ten messages of equal size in runs of 4, 2 and 4.
  private func filled(recentRuns: Int = 1000) async throws -> (store: SQLiteStore, size: Int) {
    let draft = try message("a", String(repeating: "x", count: 100))
    let size = draft.byteCount(in: group)
    var options = options
    options.runBytes = 4 * size + size / 2
    options.recentRuns = recentRuns
    let store = try SQLiteStore(path: directory.store, options: options)
    _ = try await store.append((1...6).map { _ in draft }, to: group)
    _ = try await store.append((1...4).map { _ in draft }, to: group)
    #expect(try numbers("SELECT count FROM run ORDER BY id") == [4, 2, 4])
    #expect(try numbers("SELECT first_sequence FROM run ORDER BY id") == [1, 5, 7])
    return (store, size)
  }

  // All runs recent; two indexed and one recent; all indexed.
  @Test(arguments: [4, 2, 1])
  func `a page starts, ends and is cut anywhere in a run`(recentRuns: Int) async throws {
    let (store, size) = try await filled(recentRuns: recentRuns)
    // The writer indexes after it has answered; its next answer comes after that.
    #expect(try await store.write([]).isEmpty)
    #expect(try numbers("SELECT count(*) FROM recent_run") == [recentRuns == 4 ? 3 : Int64(recentRuns - 1)])
    for bound in UInt64(0)...11 {
      let above = (UInt64(1)...10).filter { $0 > bound }
      let below = (UInt64(1)...10).filter { $0 < bound }
      for limit in 0...11 {
        let after = try await store.page(group, .after(bound), messages: limit)
        #expect(after.map(\.sequence) == Array(above.prefix(limit)))
        let before = try await store.page(group, .before(bound), messages: limit)
        #expect(before.map(\.sequence) == Array(below.suffix(limit)))
        for more in [0, size - 1] {
          let bytes = limit * size + more
          let after = try await store.page(group, .after(bound), bytes: bytes)
          #expect(after.map(\.sequence) == Array(above.prefix(max(1, limit))))
          let before = try await store.page(group, .before(bound), bytes: bytes)
          #expect(before.map(\.sequence) == Array(below.suffix(max(1, limit))))
        }
      }
    }
    await store.close()
  }

  @Test func `a duplicate between new messages does not part their run`() async throws {
    let store = try SQLiteStore(path: directory.store, options: options)
    _ = try await store.append([message("a", "one", id: "1", time: 5)], to: group)
    let outcome = try await store.append(
      [
        message("a", "two", id: "2", time: 6), message("a", "one", id: "1", time: 7),
        message("a", "two", id: "2", time: 8), message("a", "three", id: "3", time: 9),
      ], to: group)
    #expect(
      outcome.places == [
        .stored(sequence: 2), .duplicate(sequence: 1, time: 5), .duplicate(sequence: 2, time: 6),
        .stored(sequence: 3),
      ])
    #expect(try numbers("SELECT count FROM run ORDER BY id") == [1, 2])
    let page = try await store.page(group, .after(0))
    #expect(page.map(\.sequence) == [1, 2, 3])
    #expect(page.map(\.time) == [5, 6, 9])
    #expect(page.map { String(decoding: $0.body.bytes, as: UTF8.self) } == ["one", "two", "three"])
    await store.close()
  }

  @Test func `an append of duplicates alone stores nothing`() async throws {
    let store = try SQLiteStore(path: directory.store, options: options)
    _ = try await store.append([message("a", id: "1")], to: group)
    let retry = try await store.append([message("a", id: "1")], to: group)
    #expect(retry.places == [.duplicate(sequence: 1, time: 1)])
    #expect(try numbers("SELECT count(*) FROM run") == [1])
    await store.close()
  }

  @Test func `messages before the log's first are not shown, also when their run is still there`()
    async throws
  {
    let (store, _) = try await filled()
    try execute("UPDATE conversation SET first_sequence = 3", at: directory.store)
    #expect(try await store.page(group, .after(0), messages: 3).map(\.sequence) == [3, 4, 5])
    #expect(try await store.page(group, .before(6)).map(\.sequence) == [3, 4, 5])
    #expect(try await store.page(group, .before(3)).isEmpty)
    await store.close()
  }

  @Test func `a page ends where runs are missing, and the next one starts behind`() async throws {
    let (store, _) = try await filled()
    try execute("DELETE FROM run WHERE first_sequence = 5", at: directory.store)
    #expect(try await store.page(group, .after(2)).map(\.sequence) == [3, 4])
    #expect(try await store.page(group, .after(4)).map(\.sequence) == [7, 8, 9, 10])
    #expect(try await store.page(group, .before(9)).map(\.sequence) == [7, 8])
    await store.close()
  }

  @Test(arguments: [
    "frames = substr(frames, 2)", "frames = substr(frames, 1, length(frames) - 1)", "frames = x''",
    "frames = zeroblob(length(frames))", "frames = randomblob(length(frames))", "count = count + 1",
    "count = count - 1", "count = -1", "count = 0", "count = 9223372036854775807",
    "first_sequence = first_sequence - 1", "frames = 'text'",
  ])
  func `a run that is not as it was stored is an answer, not an end`(damage: String) async throws {
    let (store, _) = try await filled()
    try execute("UPDATE run SET \(damage) WHERE first_sequence = 7", at: directory.store)
    for bound in [PageQuery.Bound.after(6), .after(0), .before(.max)] {
      let error = await #expect(throws: StoreError.self) { try await store.page(group, bound) }
      #expect(error?.code == .corrupt)
      #expect(error?.message.contains(directory.store) == true)
    }
    #expect(try await store.page(group, .after(0), messages: 4).map(\.sequence) == [1, 2, 3, 4])
    #expect(try await store.append([message("a")], to: group).lastSequence == 11)
    await store.close()
  }

  @Test func `a file of the development version is left alone`() async throws {
    let store = try SQLiteStore(path: directory.store, options: options)
    await store.close()
    try execute("PRAGMA user_version = 1", at: directory.store)
    let error = await openingError(directory.store)
    #expect(error?.code == .version)
    #expect(error?.message.contains("development version") == true)
    #expect(error?.message.contains("new folder") == true)
  }

  private func numbers(_ sql: String) throws -> [Int64] {
    try Connection(directory.store).numbers(sql)
  }
}
