import ChatCore
import Foundation
import Testing

@testable import ChatStorage

struct RedoLogTests {
  private let directory: TemporaryDirectory
  private var path: String { RedoLog.path(of: directory.store) }

  init() throws { directory = try TemporaryDirectory() }

  private func log(halfBytes: Int, epoch: UInt64 = 9) throws -> RedoLog {
    try RedoLog(store: directory.store, epoch: epoch, bytes: 2 * halfBytes)
  }

  /// Writes a record for a probe, which takes 32 bytes.
  private func write(_ number: UInt64, to log: RedoLog, syncedThrough: UInt64 = 0) throws {
    let place = try #require(log.prepare([.probe], number: number, syncedThrough: syncedThrough))
    try log.write(number, at: place)
  }

  private func count(_ records: RedoRecords, after number: UInt64, through last: UInt64? = nil) throws -> Int
  {
    var count = 0
    try records.replay(after: number, through: last ?? records.last) { writes in count += writes.count }
    return count
  }

  @Test func `records come back in their order, whichever half they are in`() throws {
    let log = try log(halfBytes: 80)
    for number in 1...7 as ClosedRange<UInt64> { try write(number, to: log, syncedThrough: number - 1) }
    // 5 and 6 were written over 1 and 2, and 7 over 3, behind which 4 still lies.
    let records = try log.records()
    #expect(records.last == 7)
    #expect(try count(records, after: 4) == 3)
    #expect(try count(records, after: 5, through: 6) == 1)
    #expect(try count(records, after: 7) == 0)
  }

  @Test func `a record that is missing is told, and not passed over`() throws {
    let log = try log(halfBytes: 80)
    for number in 1...4 as ClosedRange<UInt64> { try write(number, to: log) }
    let file = try FileHandle(forUpdating: URL(fileURLWithPath: path))
    try file.seek(toOffset: UInt64(RedoHeader.bytes + 50))
    try file.write(contentsOf: [0xff])
    try file.close()
    let records = try log.records()
    #expect(try count(records, after: 2) == 2)
    let error = #expect(throws: SQLiteFailure.self) { try count(records, after: 1) }
    #expect(error?.kind == .corrupt)
    #expect(error?.text.contains("after group 1") == true)
  }

  @Test func `numbers may be left out where the tables have them`() throws {
    let log = try log(halfBytes: 200)
    for number in [1, 2, 5, 6] as [UInt64] { try write(number, to: log) }
    #expect(try count(try log.records(), after: 4) == 2)
    #expect(throws: SQLiteFailure.self) { try count(try log.records(), after: 2) }
  }

  @Test func `the log of another store is as good as none`() throws {
    try write(1, to: try log(halfBytes: 80, epoch: 8))
    #expect(try log(halfBytes: 80).records().last == 0)
  }

  @Test func `a log with halves of another size is read as it was written`() throws {
    let old = try log(halfBytes: 80)
    for number in 1...4 as ClosedRange<UInt64> { try write(number, to: old) }
    let new = try log(halfBytes: 800)
    #expect(try count(try new.records(), after: 0) == 4)
    try write(5, to: new)
    #expect(try count(try new.records(), after: 4) == 1)
  }

  @Test(arguments: [0, 10, 4096, 5000])
  func `a file that a crash has left without a header has no records`(bytes: Int) throws {
    try Data(count: bytes).write(to: URL(fileURLWithPath: path))
    #expect(try log(halfBytes: 80).records().last == 0)
  }

  @Test(arguments: [0, 8, 16, 24, 32, 47])
  func `a file that is no log, of a later version, or damaged is left alone`(
    offset: Int
  ) async throws {
    await (try SQLiteStore(path: directory.store)).close()
    var header = RedoHeader(epoch: 9, halfBytes: 80).encoded
    header[offset] ^= 2
    try Data(header).write(to: URL(fileURLWithPath: path))
    let error = await openingError(directory.store)
    #expect(error?.code == .corrupt)
    #expect(error?.message.contains("redo log") == true)
    #expect(try Array(Data(contentsOf: URL(fileURLWithPath: path))) == header)
  }

  @Test(arguments: [.max, .max / 2, 4096, 1, 0, -1]) func `sizes that make no sense trap nothing`(
    halfBytes: Int
  ) throws {
    let header = RedoHeader(epoch: 9, halfBytes: max(0, halfBytes)).encoded
    #expect(try RedoRecords(header + [1, 2, 3], epoch: 9).last == 0)
    let log = try RedoLog(store: directory.store, epoch: 9, bytes: halfBytes)
    #expect(try log.records().last == 0)
  }

  @Test func `a message that looks like a record is none, nor is a record of the log before`() throws {
    let old = try log(halfBytes: 4000)
    for number in 1...3 as ClosedRange<UInt64> { try write(number, to: old) }
    let new = try log(halfBytes: 4000)
    #expect(try new.records().last == 3)
    try write(4, to: new)
    #expect(try count(try new.records(), after: 3) == 1)
    #expect(try new.records().last == 4)
    var forged = RedoEncoder()
    RedoRecord.encode([.probe], number: 5, salt: 9, into: &forged)
    let file = try FileHandle(forUpdating: URL(fileURLWithPath: path))
    try file.seek(toOffset: UInt64(RedoHeader.bytes + 32))
    try file.write(contentsOf: [UInt8](forged.bytes))
    try file.close()
    #expect(try new.records().last == 4)
  }

  @Test func `the file grows in steps, up to its size`() throws {
    let log = try log(halfBytes: 3 << 20)
    try write(1, to: log)
    func size() throws -> Int { try Data(contentsOf: URL(fileURLWithPath: path)).count }
    #expect(try size() == 1 << 20)
    let text = String(repeating: "x", count: 1 << 20)
    for number in 2...5 as ClosedRange<UInt64> {
      let place = try #require(
        log.prepare([.append([try message("a", text)], to: .everyone)], number: number, syncedThrough: 0))
      try log.write(number, at: place)
    }
    #expect(try size() <= RedoHeader.bytes + 6 << 20)
    #expect(try log.records().last == 5)
  }
}
