import ChatCore
import Foundation
import Testing

@testable import ChatStorage

/// A committer without its threads, so that a test knows what is on stable storage.
/// Docs/decisions/0022-a-redo-log-before-the-tables.md
struct CommitterTests {
  private let directory: TemporaryDirectory
  private let after: TemporaryDirectory
  private let checkpointer = Checkpointer()
  private var path: String { directory.store }

  init() throws {
    directory = try TemporaryDirectory()
    after = try TemporaryDirectory()
  }

  private func data(_ suffix: String) throws -> Data {
    try Data(contentsOf: URL(fileURLWithPath: path + suffix))
  }

  /// What a machine finds on its disk when it starts again.
  private func image(log: Data, redo: Data) throws {
    for suffix in ["-shm", "-lock"] { try? FileManager.default.removeItem(atPath: after.store + suffix) }
    for (suffix, data) in [("", try data("")), ("-wal", log), ("-redo", redo)] {
      try data.write(to: URL(fileURLWithPath: after.store + suffix))
    }
  }

  @Test(arguments: [1, 2, 3, 4] as [UInt64])
  func `a power cut takes nothing, whichever records were written over`(seed: UInt64) async throws {
    var options = SQLiteStore.Options()
    options.redoBytes = 12 << 10
    let recovered = try SQLiteStore.Recovered(path: path, options: options, checkpointer: checkpointer)
    let committer = recovered.committer
    var model = StoreContents(epoch: recovered.epoch)
    var operations = RandomOperations(seed: seed)
    var generator = SeededGenerator(seed: seed)
    var synced = try data("-wal")
    for step in 0..<300 {
      let writes = operations.writes()
      let before = checkpointer.syncedThrough
      #expect(try committer.commit([writes], at: .now) == [model.apply(writes)])
      // A transaction was made durable by itself.
      if checkpointer.syncedThrough > before { synced = try data("-wal") }
      switch Int.random(in: 0..<20, using: &generator) {
      case 0...1: try committer.settle(at: .now)
      case 2:
        // What the thread does, some time after it was asked to.
        try committer.settle(at: .now)
        synced = try data("-wal")
        checkpointer.isSynced(through: try recovered.tables.settled())
      default: break
      }
      guard step % 15 == 14 else { continue }
      try image(log: synced, redo: try data("-redo"))
      let again = try SQLiteStore(path: after.store)
      for query in operations.everything {
        #expect(try await again.read(query) == model.answer(query), "seed \(seed), step \(step), \(query)")
      }
      await again.close()
    }
    #expect(committer.transactions > 20)
    try committer.close()
  }

  @Test func `of a record that was written in part there is all or nothing`() async throws {
    let recovered = try SQLiteStore.Recovered(path: path, options: .init(), checkpointer: checkpointer)
    let log = try data("-wal")
    func append(_ size: Int) throws {
      let text = String(repeating: "x", count: size)
      _ = try recovered.committer.commit([[.append([try message("a", text)], to: .everyone)]], at: .now)
    }
    for _ in 0..<5 { try append(700) }
    let before = try data("-redo")
    try append(20_000)
    let written = try data("-redo")
    for cut in stride(from: 4096, to: 32768, by: 512) {
      for isEndFirst in [false, true] {
        let (start, end) = isEndFirst ? (before, written) : (written, before)
        try image(log: log, redo: start.prefix(cut) + end.dropFirst(cut))
        let again = try SQLiteStore(path: after.store)
        let last = try await again.log(.everyone).lastSequence
        #expect(last == 5 || last == 6)
        #expect(try await again.page(.everyone, .after(0)).map(\.sequence) == (0..<last).map { $0 + 1 })
        await again.close()
      }
    }
    try recovered.committer.close()
  }

  @Test func `what fails twice is tried again later, and the writer rests meanwhile`() throws {
    var options = SQLiteStore.Options()
    options.redoBytes = 0
    options.lockTimeout = 1
    let committer = try SQLiteStore.Recovered(path: path, options: options, checkpointer: checkpointer)
      .committer
    let other = try Connection(path)
    try other.execute("BEGIN IMMEDIATE")
    let write = [[StoreWrite.append([try message("a")], to: .everyone)]]
    for _ in 0..<2 { #expect(throws: SQLiteFailure.self) { try committer.commit(write, at: .now) } }
    #expect(committer.isSettled)
    #expect(committer.patience(at: .now) == nil)
    try other.execute("ROLLBACK")
    #expect(try committer.commit(write, at: .now).count == 1)
    try committer.close()
  }

  @Test func `after a failed sync all is kept that the redo log can take, until a start`() async throws {
    var options = SQLiteStore.Options()
    options.redoBytes = 64 << 10
    var answered: UInt64 = 0
    do {
      let committer = try SQLiteStore.Recovered(path: path, options: options, checkpointer: checkpointer)
        .committer
      let write = [
        [StoreWrite.append([try message("a", String(repeating: "x", count: 1_000))], to: .everyone)]
      ]
      for _ in 0..<5 {
        _ = try committer.commit(write, at: .now)
        answered += 1
      }
      // SQLITE_IOERR_FSYNC
      checkpointer.failed(SQLiteFailure(kind: .io, text: "disk I/O error", resultCode: 1034))
      var refused: SQLiteFailure?
      while refused == nil, answered < 1_000 {
        do throws(SQLiteFailure) {
          _ = try committer.commit(write, at: .now)
          answered += 1
          if answered % 10 == 0 { try committer.settle(at: .now) }
        } catch {
          refused = error
        }
      }
      #expect(answered > 40 && answered < 70)
      #expect(refused?.text.contains("restart the broker") == true)
      #expect(throws: SQLiteFailure.self) { try committer.close() }
    }
    // What was in the write-ahead log is not known to be on the disk, so it did not get into the file.
    for suffix in ["-wal", "-redo"] { #expect(FileManager.default.fileExists(atPath: path + suffix)) }
    let again = try SQLiteStore(path: path)
    #expect(try await again.page(.everyone, .after(0)).map(\.sequence) == Array(1...answered))
    #expect(try await again.append([message("a")], to: .everyone).lastSequence == answered + 1)
    await again.close()
    for suffix in ["-wal", "-redo"] { #expect(!FileManager.default.fileExists(atPath: path + suffix)) }
  }

  @Test func `readers are told at once why it cannot be settled, until it is tried again`() throws {
    var options = SQLiteStore.Options()
    options.lockTimeout = 1
    options.settlesAgainAfter = 1_000_000
    let committer = try SQLiteStore.Recovered(path: path, options: options, checkpointer: checkpointer)
      .committer
    let bad = try bad()
    _ = try committer.commit([[.append([try message("a")], to: .everyone)]], at: .now)
    #expect(committer.failure(at: .now) == nil)
    // The transaction is lost, and another program is in the way of the next one.
    #expect(throws: SQLiteFailure.self) { try committer.commit([[bad]], at: .now) }
    let other = try Connection(path)
    try other.execute("BEGIN IMMEDIATE")
    #expect(throws: SQLiteFailure.self) { try committer.settle(at: .now) }
    #expect(committer.failure(at: .now)?.kind == .locked)
    #expect(committer.failure(at: .now + .seconds(2_000)) == nil)
    try other.execute("ROLLBACK")
    try committer.settle(at: .now)
    #expect(committer.failure(at: .now) == nil)
    #expect(committer.isSettled)
    try committer.close()
  }

  /// A write that SQLite refuses.
  private func bad() throws -> StoreWrite {
    try execute(
      """
      CREATE TRIGGER IF NOT EXISTS refuse BEFORE INSERT ON member WHEN new.user = 'bad'
      BEGIN SELECT RAISE(ABORT, 'refused'); END
      """, at: path)
    return .join(conversation: try ConversationID("group:g"), user: try UserID("bad"), time: 1)
  }
}
