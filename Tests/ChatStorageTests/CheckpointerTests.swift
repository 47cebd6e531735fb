import ChatCore
import Foundation
import Testing

@testable import ChatStorage

/// Docs/decisions/0021-the-log-is-moved-beside-commits.md
@Suite struct CheckpointerTests {
  @Test func `A long log is moved once, and then the rest of it by the writer`() throws {
    let directory = try TemporaryDirectory()
    let checkpointer = Checkpointer()
    #expect(!checkpointer.committed(logIsLong: false))
    #expect(checkpointer.orders.waiting == 0)
    for _ in 0..<3 { #expect(!checkpointer.committed(logIsLong: true)) }
    #expect(checkpointer.orders.waiting == 1)
    checkpointer.orders.close()
    checkpointer.run(try database(in: directory, .readWrite)) { Issue.record("it could not be moved") }
    #expect(checkpointer.committed(logIsLong: true))
    #expect(!checkpointer.committed(logIsLong: true))
  }

  @Test func `A log that has become short meanwhile has no rest to move`() throws {
    let directory = try TemporaryDirectory()
    let checkpointer = Checkpointer()
    #expect(!checkpointer.committed(logIsLong: true))
    checkpointer.orders.close()
    checkpointer.run(try database(in: directory, .readWrite)) { Issue.record("it could not be moved") }
    #expect(!checkpointer.committed(logIsLong: false))
    #expect(!checkpointer.committed(logIsLong: true))
  }

  @Test func `After a failure it is tried again`() throws {
    let directory = try TemporaryDirectory()
    let checkpointer = Checkpointer()
    #expect(!checkpointer.committed(logIsLong: true))
    checkpointer.orders.close()
    var failures = 0
    // A connection that may not write cannot move anything.
    checkpointer.run(try database(in: directory, .readOnly)) { failures += 1 }
    #expect(failures == 1)
    #expect(!checkpointer.committed(logIsLong: true))
  }

  @Test func `After a failed sync no other one proves anything, and nothing of the log gets into the file`()
    throws
  {
    let directory = try TemporaryDirectory()
    var database: Database? = try database(in: directory, .readWrite)
    let checkpointer = Checkpointer()
    checkpointer.failed(SQLiteFailure(kind: .io, text: "disk I/O error", resultCode: 10))
    #expect(!checkpointer.logIsSuspect)
    // SQLITE_IOERR_FSYNC
    checkpointer.failed(SQLiteFailure(kind: .io, text: "disk I/O error", resultCode: 1034))
    #expect(checkpointer.logIsSuspect)
    checkpointer.sync(through: 3)
    #expect(!checkpointer.committed(logIsLong: true))
    let file = try Data(contentsOf: URL(fileURLWithPath: directory.store))
    let log = try Data(contentsOf: URL(fileURLWithPath: directory.store + "-wal"))
    checkpointer.orders.close()
    if let database { checkpointer.run(database) { Issue.record("it could not be synced") } }
    #expect(checkpointer.syncedThrough == 0)
    database = nil
    #expect(try Data(contentsOf: URL(fileURLWithPath: directory.store)) == file)
    #expect(try Data(contentsOf: URL(fileURLWithPath: directory.store + "-wal")) == log)

    try WriteAheadLog.writeAgain(of: directory.store)
    #expect(try Data(contentsOf: URL(fileURLWithPath: directory.store + "-wal")) == log)
    try WriteAheadLog.writeAgain(of: directory.path + "/none")
  }

  @Test func `A sync counts for the groups that were there when it was wanted`() throws {
    let directory = try TemporaryDirectory()
    let checkpointer = Checkpointer()
    for number in 1...3 as ClosedRange<UInt64> { checkpointer.sync(through: number) }
    #expect(checkpointer.orders.waiting == 1)
    checkpointer.orders.close()
    checkpointer.run(try database(in: directory, .readWrite)) { Issue.record("it could not be synced") }
    #expect(checkpointer.syncedThrough == 3)
    checkpointer.isSynced(through: 2)
    #expect(checkpointer.syncedThrough == 3)
  }

  @Test func `the log stays short while commits follow one another without a pause`() async throws {
    let directory = try TemporaryDirectory()
    var options = SQLiteStore.Options()
    options.journalBytes = 256 * 1024
    let store = try SQLiteStore(path: directory.store, options: options)
    let text = String(repeating: "x", count: 4000)
    for _ in 0..<600 {
      _ = try await store.append((0..<10).map { _ in try message("a", text) }, to: .everyone)
    }
    let attributes = try FileManager.default.attributesOfItem(atPath: directory.store + "-wal")
    let size = try #require(attributes[.size] as? Int)
    #expect(size < 8 * 1024 * 1024)
    #expect(store.statistics.checkpointFailures == 0)
    await store.close()
  }

  /// A connection to a store that has something in its log.
  private func database(in directory: TemporaryDirectory, _ access: Database.Access) throws -> Database {
    let writer = try Database(path: directory.store, access: .readWrite)
    try writer.execute("PRAGMA journal_mode = WAL; CREATE TABLE IF NOT EXISTS t(x); INSERT INTO t VALUES (1)")
    let database = try Database(path: directory.store, access: access)
    #expect(try database.integer("SELECT count(*) FROM t") > 0)
    return database
  }
}
