import ChatCore
import ChatStorage
import Foundation
import Testing

/// Copies of a store that is in use.
struct StoreCopyTests {
  private let directory: TemporaryDirectory
  private let group: ConversationID
  private let alice: UserID
  private var path: String { directory.store }
  private var target: String { directory.path + "/copy.sqlite" }

  init() throws {
    directory = try TemporaryDirectory()
    group = try ConversationID("group:lobby")
    alice = try UserID("alice")
  }

  @discardableResult
  private func copy(from source: String? = nil, to other: String? = nil) throws -> StoreCopy.Result {
    try StoreCopy(from: source ?? path, to: other ?? target).make(at: 1_000) { _, _ in }
  }

  private func append(_ count: Int, to store: SQLiteStore) async throws {
    for number in 0..<count {
      _ = try await store.append([message("alice", "message \(number)")], to: group)
    }
  }

  @Test func `a copy of a store that is in use has all that was committed`() async throws {
    let store = try SQLiteStore(path: path)
    _ = try await store.join(group, alice)
    try await append(100, to: store)
    var told: [(Int64, Int64)] = []
    let result = try StoreCopy(from: path, to: target).make(at: 1_000) { told.append(($0, $1)) }
    #expect(result.messages == 100 && result.conversations == 1 && result.bytes > 0)
    #expect(told.last?.0 == told.last?.1)
    try await append(1, to: store)
    await store.close()

    let again = try SQLiteStore(path: target)
    #expect(try await again.log(group).lastSequence == 100)
    #expect(try await again.memberships(alice).count == 1)
    await again.close()
  }

  @Test func `a copy that is made while messages are stored is of one moment`() async throws {
    let store = try SQLiteStore(path: path)
    try await append(200, to: store)
    async let writing: Void = append(300, to: store)
    for _ in 0..<5 {
      let result = try copy()
      let again = try SQLiteStore(path: target)
      let log = try await again.log(group)
      #expect(log.lastSequence == UInt64(result.messages))
      await again.close()
      try FileManager.default.removeItem(atPath: target)
    }
    try await writing
    await store.close()
  }

  @Test func `a store from a copy has another epoch, each time and for all logs, and keeps it`() async throws
  {
    let store = try SQLiteStore(path: path)
    try await append(1, to: store)
    let original = store.epoch
    await store.close()
    try copy()
    var epochs: Set<UInt64> = [original]
    for number in 0..<3 {
      let restored = directory.path + "/restored-\(number).sqlite"
      try FileManager.default.copyItem(atPath: target, toPath: restored)
      let first = try SQLiteStore(path: restored)
      #expect(try await first.log(group).epoch == first.epoch)
      #expect(epochs.insert(first.epoch).inserted)
      await first.close()
      let second = try SQLiteStore(path: restored)
      #expect(second.epoch == first.epoch)
      await second.close()
    }
    let unchanged = try SQLiteStore(path: path)
    #expect(unchanged.epoch == original)
    await unchanged.close()
  }

  @Test func `a copy is one file, which only its owner can read, and nothing else is left`() async throws {
    let store = try SQLiteStore(path: path)
    try copy()
    await store.close()
    let files = try FileManager.default.contentsOfDirectory(atPath: directory.path).filter {
      $0.hasPrefix("copy")
    }
    #expect(files == ["copy.sqlite"])
    let mode = try FileManager.default.attributesOfItem(atPath: target)[.posixPermissions] as? Int
    #expect(mode == 0o600)
  }

  @Test func `what is no store is refused, and a copy that was there stays`() async throws {
    try Data("not a database, but long enough to be looked at as if it were one".utf8).write(
      to: URL(filePath: path))
    try Data("kept".utf8).write(to: URL(filePath: target))
    #expect(throws: StoreError.self) { try copy() }
    #expect(throws: StoreError.self) { try copy(from: directory.path + "/missing.sqlite") }
    #expect(try String(contentsOfFile: target, encoding: .utf8) == "kept")
    #expect(!FileManager.default.fileExists(atPath: target + ".partial"))
  }

  @Test func `a copy with damage in it does not get its name`() async throws {
    let store = try SQLiteStore(path: path)
    for number in 0..<50 {
      _ = try await store.append([message("alice", String(repeating: "\(number)", count: 5_000))], to: group)
    }
    await store.close()
    let file = try FileHandle(forUpdating: URL(filePath: path))
    // The beginning of a page in the middle: its kind and how many cells it has.
    try file.seek(toOffset: 20 * 4_096)
    try file.write(contentsOf: Data(repeating: 0xa5, count: 64))
    try file.close()
    let error = #expect(throws: StoreError.self) { try copy() }
    #expect(error?.code == .corrupt)
    #expect(!FileManager.default.fileExists(atPath: target))
  }

  @Test func `two copies to one file are kept apart`() async throws {
    let store = try SQLiteStore(path: path)
    var second: (any Error)?
    _ = try StoreCopy(from: path, to: target).make(
      at: 1, progress: { _, _ in },
      makeRoom: { () throws(StoreError) in
        do { try copy() } catch { second = error }
      })
    #expect((second as? StoreError)?.code == .locked)
    await store.close()
  }
}
