import ChatCore
import Foundation
import Testing

@testable import ChatStorage

/// What a store has after its process or its machine went down. Docs/decisions/0022-a-redo-log-before-the-tables.md
struct RedoRecoveryTests {
  private let directory: TemporaryDirectory
  private let after: TemporaryDirectory
  private var path: String { directory.store }

  init() throws {
    directory = try TemporaryDirectory()
    after = try TemporaryDirectory()
  }

  /// Takes the place of a disk from which a machine starts again.
  private func copy(_ suffixes: [String]) throws {
    for suffix in ["", "-wal", "-shm", "-redo"] {
      try? FileManager.default.removeItem(atPath: after.store + suffix)
    }
    for suffix in suffixes where FileManager.default.fileExists(atPath: path + suffix) {
      try FileManager.default.copyItem(atPath: path + suffix, toPath: after.store + suffix)
    }
  }

  @Test(arguments: [1, 2, 3] as [UInt64])
  func `a power cut takes nothing that was answered, though SQLite had synced none of it`(seed: UInt64)
    async throws
  {
    let store = try SQLiteStore(path: path)
    let synced = try Data(contentsOf: URL(fileURLWithPath: path + "-wal"))
    var model = StoreContents(epoch: store.epoch)
    var operations = RandomOperations(seed: seed)
    for step in 0..<200 {
      let writes = operations.writes()
      #expect(try await store.write(writes) == model.apply(writes))
      guard step % 20 == 19 else { continue }
      try copy(["", "-redo"])
      // Of the write-ahead log there is what there was when the store was opened.
      try synced.write(to: URL(fileURLWithPath: after.store + "-wal"))
      let again = try SQLiteStore(path: after.store)
      for query in operations.everything {
        #expect(try await again.read(query) == model.answer(query), "seed \(seed), step \(step), \(query)")
      }
      await again.close()
      #expect(!FileManager.default.fileExists(atPath: after.store + "-redo"))
    }
    #expect(store.statistics.transactions < store.statistics.commits)
    await store.close()
  }

  @Test(arguments: [1, 2, 3] as [UInt64], [16 << 20, 32 << 10, 0])
  func `a process that is killed at any moment leaves all that it has answered`(seed: UInt64, redoBytes: Int)
    async throws
  {
    var options = SQLiteStore.Options()
    options.redoBytes = redoBytes
    // Nothing changes the files while they are copied.
    options.settlesAfter = 1_000_000
    let store = try SQLiteStore(path: path, options: options)
    var model = StoreContents(epoch: store.epoch)
    var operations = RandomOperations(seed: seed)
    for step in 0..<200 {
      let writes = operations.writes()
      #expect(try await store.write(writes) == model.apply(writes))
      if step % 7 == 0 { _ = try await store.log(.everyone) }
      guard step % 20 == 19 else { continue }
      try copy(["", "-wal", "-redo"])
      let again = try SQLiteStore(path: after.store, options: options)
      for query in operations.everything {
        #expect(try await again.read(query) == model.answer(query), "seed \(seed), step \(step), \(query)")
      }
      await again.close()
    }
    await store.close()
  }

  @Test func `a store goes on with numbers where it was`() async throws {
    for round in 1...3 as ClosedRange<UInt64> {
      let store = try SQLiteStore(path: path)
      for _ in 0..<5 { _ = try await store.append([message("a")], to: .everyone) }
      try copy(["", "-wal", "-redo"])
      await store.close()
      for suffix in ["", "-wal", "-redo"] {
        try? FileManager.default.removeItem(atPath: path + suffix)
        try? FileManager.default.moveItem(atPath: after.store + suffix, toPath: path + suffix)
      }
      let again = try SQLiteStore(path: path)
      #expect(try await again.log(.everyone).lastSequence == round * 5)
      await again.close()
    }
  }

  @Test func `what the redo log has lost is told when the store is opened`() async throws {
    var options = SQLiteStore.Options()
    options.redoBytes = 32 << 10
    let store = try SQLiteStore(path: path, options: options)
    let synced = try Data(contentsOf: URL(fileURLWithPath: path + "-wal"))
    let text = String(repeating: "x", count: 6_000)
    // Two records for the first half, one for the second.
    for _ in 0..<3 { _ = try await store.append([message("a", text)], to: .everyone) }
    try copy(["", "-redo"])
    await store.close()
    try synced.write(to: URL(fileURLWithPath: after.store + "-wal"))
    let file = try FileHandle(forUpdating: URL(fileURLWithPath: after.store + "-redo"))
    try file.seek(toOffset: UInt64(RedoHeader.bytes + 7_000))
    try file.write(contentsOf: [0xff])
    try file.close()
    let error = await openingError(after.store)
    #expect(error?.code == .corrupt)
    #expect(error?.message.contains("the redo log lacks what was written after group 1") == true)
  }

  @Test
  func `a record that is larger than the log, and one that finds no free half, are durable all the same`()
    async throws
  {
    var options = SQLiteStore.Options()
    options.redoBytes = 20_000
    let store = try SQLiteStore(path: path, options: options)
    let text = String(repeating: "x", count: 6_000)
    for size in [1, 2, 1, 1, 1, 1, 2, 1] {
      _ = try await store.append((0..<size).map { _ in try message("a", text) }, to: .everyone)
    }
    try copy(["", "-wal", "-redo"])
    await store.close()
    let again = try SQLiteStore(path: after.store, options: options)
    #expect(try await again.page(.everyone, .after(0)).map(\.sequence) == Array(1...10))
    await again.close()
  }

  @Test func `a group that fails takes none of those before with it`() async throws {
    let store = try SQLiteStore(path: path)
    try execute(
      """
      CREATE TRIGGER refuse BEFORE INSERT ON client_message WHEN new.sender = 'bad'
      BEGIN SELECT RAISE(ABORT, 'refused'); END
      """, at: path)
    for number in 0..<20 {
      #expect(try await store.append([message("good", id: "\(number)")], to: .everyone).places.count == 1)
      await #expect(throws: StoreError.self) {
        try await store.append([message("good"), message("bad", id: "\(number)")], to: .everyone)
      }
    }
    #expect(try await store.page(.everyone, .after(0)).map(\.sequence) == Array(1...20))
    #expect(
      try await store.append([message("good", id: "7")], to: .everyone).places == [
        .duplicate(sequence: 8, time: 1)
      ])
    #expect(store.statistics.failures == 20)
    await store.close()
  }

  @Test func `a copy has what was answered before it was begun`() async throws {
    var options = SQLiteStore.Options()
    options.settlesAfter = 100
    let store = try SQLiteStore(path: path, options: options)
    for number in 1...5 as ClosedRange<Int64> {
      _ = try await store.append([message("a")], to: .everyone)
      let result = try StoreCopy(from: path, to: after.store).make(at: 1) { _, _ in }
      #expect(result.messages == number)
    }
    await store.close()
  }

  @Test func `a copy of a store whose broker was killed has all that was answered`() async throws {
    var options = SQLiteStore.Options()
    options.settlesAfter = 1_000_000
    let store = try SQLiteStore(path: path, options: options)
    for _ in 0..<20 { _ = try await store.append([message("a")], to: .everyone) }
    try copy(["", "-wal", "-redo"])
    await store.close()
    let result = try StoreCopy(from: after.store, to: path + ".backup").make(at: 1) { _, _ in }
    #expect(result.messages == 20)
  }
}
