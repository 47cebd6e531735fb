import ChatCore
import ChatStorage
import Foundation
import Testing

/// A disk that is full, and gets space again.
@Suite(.enabled(if: Mount.isPermitted, "mounting a file system is not permitted here"))
struct SQLiteDiskFullTests {
  // With 2 MB the write-ahead log alone fills the disk; with 6 MB the file does, as the log is moved into it.
  // With all room reserved the redo log is not used there; with none it is, and full itself.
  @Test(arguments: [2, 6], [64 << 20, 0])
  func `writes are refused and go on when there is space`(megabytes: Int, roomToSettle: Int) async throws {
    let mount = try Mount(megabytes: megabytes)
    let path = mount.path + "/chat.db"
    let ballast = mount.path + "/ballast"
    try Data(count: megabytes * 512 * 1024).write(to: URL(fileURLWithPath: ballast))
    var options = SQLiteStore.Options()
    options.journalBytes = 1024 * 1024
    options.roomToSettle = roomToSettle
    options.settlesAgainAfter = 1
    let store = try SQLiteStore(path: path, options: options)
    var acknowledged = try await fillUp(store, from: 0)
    #expect(acknowledged > 0)
    if roomToSettle > 0 {
      #expect(try await store.log(.everyone).lastSequence == acknowledged)
      #expect(try await store.page(.everyone, .after(0), bytes: .max).count == Int(acknowledged))
    }

    try FileManager.default.removeItem(atPath: ballast)
    #expect(try await store.log(.everyone).lastSequence == acknowledged)
    #expect(try await store.page(.everyone, .after(0), bytes: .max).count == Int(acknowledged))
    let before = acknowledged
    acknowledged = try await fillUp(store, from: acknowledged)
    #expect(acknowledged > before)
    #expect(store.statistics.failures > 0)
    await store.close()
  }

  @Test func `what was acknowledged is there after opening again`() async throws {
    let mount = try Mount(megabytes: 6)
    let path = mount.path + "/chat.db"
    let ballast = mount.path + "/ballast"
    try Data(count: 1024 * 1024).write(to: URL(fileURLWithPath: ballast))
    let first = try SQLiteStore(path: path)
    let acknowledged = try await fillUp(first, from: 0)
    await first.close()
    if let error = await openingError(path) { #expect(error.code == .full) }
    try FileManager.default.removeItem(atPath: ballast)
    let second = try SQLiteStore(path: path)
    #expect(second.epoch == first.epoch)
    let page = try await second.page(.everyone, .after(0), bytes: .max)
    #expect(page.map(\.sequence) == Array(1...acknowledged))
    #expect(try await second.append([new(1)], to: .everyone).places == [.duplicate(sequence: 1, time: 1)])
    #expect(try await second.append([message("a")], to: .everyone).lastSequence == acknowledged + 1)
    await second.close()
  }

  /// Appends until the disk is full for long messages and for short ones.
  private func fillUp(_ store: SQLiteStore, from last: UInt64) async throws -> UInt64 {
    var last = last
    var refusals = 0
    while refusals < 3, last < 10_000 {
      do {
        last += 1
        #expect(try await store.append([new(last)], to: .everyone).places == [.stored(sequence: last)])
      } catch let error as StoreError {
        last -= 1
        refusals += 1
        #expect(error.code == .full, "\(error)")
        #expect(error.message.contains("free space"))
      }
    }
    return last
  }

  private func new(_ number: UInt64) throws -> Draft {
    try message("a", String(repeating: "x", count: 20_000), id: "\(number)")
  }
}
