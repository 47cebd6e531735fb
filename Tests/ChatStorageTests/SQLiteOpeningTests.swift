import ChatCore
import ChatStorage
import Foundation
import Testing

/// What people are told when a file cannot be opened.
struct SQLiteOpeningTests {
  private let directory: TemporaryDirectory
  private var path: String { directory.store }

  init() throws { directory = try TemporaryDirectory() }

  @Test func `a second store on the same file is refused, and told who has it`() async throws {
    let first = try SQLiteStore(path: path)
    let error = await openingError(path)
    #expect(error?.code == .locked)
    #expect(error?.message.contains(path) == true)
    #expect(error?.message.contains("process \(ProcessInfo.processInfo.processIdentifier)") == true)
    await first.close()
    #expect(await openingError(path) == nil)
  }

  @Test func `a link to a file in use is refused too`() async throws {
    let first = try SQLiteStore(path: path)
    let link = directory.path + "/link.db"
    try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: path)
    #expect(await openingError(link)?.code == .locked)
    await first.close()
  }

  @Test func `a missing directory is named`() async throws {
    let error = await openingError(directory.path + "/missing/chat.db")
    #expect(error?.code == .io)
    #expect(error?.message.contains("missing/chat.db does not exist") == true)
  }

  @Test func `a directory in place of the file is an error`() async throws {
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
    let error = await openingError(path)
    #expect(error?.code == .io)
    #expect(error?.message.contains(path) == true)
  }

  @Test(arguments: [20, 3000, 100_000])
  func `a file of something else is corrupt`(size: Int) async throws {
    var generator = SeededGenerator(seed: 1)
    let bytes = (0..<size).map { _ in UInt8.random(in: 0...255, using: &generator) }
    try Data(bytes).write(to: URL(fileURLWithPath: path))
    let error = await openingError(path)
    #expect(error?.code == .corrupt)
    #expect(error?.message.contains("backup") == true)
    #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == Data(bytes))
  }

  @Test(arguments: [100, 5000, 60_000])
  func `a truncated file is corrupt`(size: UInt64) async throws {
    try await fill()
    let file = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
    try file.truncate(atOffset: size)
    try file.close()
    #expect(await openingError(path)?.code == .corrupt)
  }

  @Test(arguments: [0, 4096 * 2, 4096 * 6] as [UInt64])
  func `a garbled file is corrupt`(offset: UInt64) async throws {
    try await fill()
    try garble(at: offset)
    #expect(await openingError(path)?.code == .corrupt)
  }

  @Test func `damage that opening does not look for is an answer when it is met`() async throws {
    try await fill()
    for page in 10..<24 { try garble(at: UInt64(page) * 4096) }
    var options = SQLiteStore.Options()
    options.checkedBytes = 0
    let store = try SQLiteStore(path: path, options: options)
    let error = await #expect(throws: StoreError.self) { try await store.page(.everyone, .after(0)) }
    #expect(error?.code == .corrupt)
    await store.close()
  }

  @Test func `a file of a newer version is left alone`() async throws {
    try await fill()
    try execute("PRAGMA user_version = 999", at: path)
    let error = await openingError(path)
    #expect(error?.code == .version)
    #expect(error?.message.contains("999") == true)
    #expect(error?.message.contains("newer") == true)
  }

  @Test func `another program's SQLite file is left alone`() async throws {
    try execute("CREATE TABLE theirs(x)", at: path)
    let before = try Data(contentsOf: URL(fileURLWithPath: path))
    let error = await openingError(path)
    #expect(error?.code == .corrupt)
    #expect(error?.message.contains("another program") == true)
    #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == before)
  }

  @Test func `an empty file becomes a store`() async throws {
    try Data().write(to: URL(fileURLWithPath: path))
    #expect(await openingError(path) == nil)
  }

  @Test func `a name that SQLite takes for memory is a file`() async throws {
    let name = directory.path + "/:memory:"
    #expect(await openingError(name) == nil)
    #expect(FileManager.default.fileExists(atPath: name))
  }

  @Test(.enabled(if: Mount.isPermitted, "mounting a file system is not permitted here"))
  func `a read-only file system is told`() async throws {
    let mount = try Mount(megabytes: 2)
    #expect(await openingError(mount.path + "/chat.db") == nil)
    try mount.makeReadOnly()
    let error = await openingError(mount.path + "/chat.db")
    #expect(error?.code == .readOnly)
    #expect(error?.message.contains("writable") == true)
  }

  @Test(.enabled(if: Mount.isPermitted, "mounting a file system is not permitted here"))
  func `a read-only file is told`() async throws {
    try await fill()
    let mount = try Mount(readOnlyFile: path)
    let error = await openingError(mount.path)
    #expect(error?.code == .readOnly)
    #expect(error?.message.contains("writable") == true)
  }

  private func fill() async throws {
    let store = try SQLiteStore(path: path)
    let text = String(repeating: "x", count: 1000)
    _ = try await store.append((0..<100).map { try message("a", text, id: "\($0)") }, to: .everyone)
    await store.close()
  }

  private func garble(at offset: UInt64) throws {
    let file = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
    try file.seek(toOffset: offset)
    try file.write(contentsOf: Data(repeating: 0xa5, count: 4096))
    try file.close()
  }
}
