import CSQLite
import ChatCore
import ChatStorage
import Foundation
import Synchronization
import Testing

/// What SQLite's store promises beyond other stores.
struct SQLiteStoreTests {
  @Test func `all is there after opening again`() async throws {
    let directory = try TemporaryDirectory()
    let first = try SQLiteStore(path: directory.store)
    let group = try ConversationID("group:g")
    _ = try await first.join(group, UserID("u"))
    _ = try await first.append([message("a", "one", id: "1", time: 5)], to: group)
    await first.close()
    let files = try FileManager.default.contentsOfDirectory(atPath: directory.path)
    #expect(files.sorted() == ["chat.db", "chat.db.lock"])

    let second = try SQLiteStore(path: directory.store)
    #expect(second.epoch == first.epoch)
    let retry = try await second.append([message("a", "one", id: "1", time: 9), message("a")], to: group)
    #expect(retry.places == [.duplicate(sequence: 1, time: 5), .stored(sequence: 2)])
    #expect(retry.members == 1)
    #expect(try await second.page(group, .after(0)).map(\.sequence) == [1, 2])
    await second.close()
  }

  @Test func `another store has another epoch`() async throws {
    let (one, other) = (try TemporaryDirectory(), try TemporaryDirectory())
    let stores = [try SQLiteStore(path: one.store), try SQLiteStore(path: other.store)]
    #expect(stores[0].epoch != stores[1].epoch)
    for store in stores { await store.close() }
  }

  @Test func `concurrent writers get dense sequences`() async throws {
    let directory = try TemporaryDirectory()
    let store = try SQLiteStore(path: directory.store)
    let sequences = try await withThrowingTaskGroup(of: [UInt64].self) { group in
      for writer in 0..<8 {
        group.addTask {
          var own: [UInt64] = []
          for number in 0..<25 {
            let new = try message("user\(writer)", "text", id: "\(number)")
            for case .stored(let sequence) in try await store.append([new], to: .everyone).places {
              own.append(sequence)
            }
          }
          #expect(own == own.sorted())
          return own
        }
      }
      return try await group.reduce(into: []) { $0 += $1 }
    }
    #expect(sequences.sorted() == Array(1...200))
    await store.close()
  }

  @Test func `writes that wait are committed together`() async throws {
    let directory = try TemporaryDirectory()
    let store = try SQLiteStore(path: directory.store)
    try await withThrowingTaskGroup { group in
      for number in 0..<500 {
        group.addTask { _ = try await store.append([message("a", "\(number)")], to: .everyone) }
      }
      try await group.waitForAll()
    }
    let statistics = store.statistics
    #expect(statistics.writes == 500)
    #expect(statistics.messages == 500)
    #expect(statistics.commits < 250)
    #expect(statistics.failures == 0)
    #expect(statistics.lastCommitMilliseconds > 0)
    #expect(statistics.writesWaiting == 0)
    await store.close()
  }

  @Test func `every call is answered once, also those around closing`() async throws {
    let directory = try TemporaryDirectory()
    let store = try SQLiteStore(path: directory.store)
    let (writes, reads) = (AnswerCounts(), AnswerCounts())
    let acknowledged = Mutex(0)
    let new = try message("a", "text")
    for call in 0..<600 {
      store.write([.append([new], to: .everyone)]) { result in
        writes.count(call)
        if case .success = result { acknowledged.withLock { $0 += 1 } }
      }
      store.read(.log(.everyone)) { _ in reads.count(call) }
      if call == 400 { Task { await store.close() } }
    }
    await store.close()
    let once = Dictionary(uniqueKeysWithValues: (0..<600).map { ($0, 1) })
    #expect(writes.all == once)
    #expect(reads.all == once)
    let again = try SQLiteStore(path: directory.store)
    #expect(try await again.log(.everyone).lastSequence == UInt64(acknowledged.withLock { $0 }))
    await again.close()
  }

  @Test func `a store that is let go without closing ends by itself`() async throws {
    let directory = try TemporaryDirectory()
    do {
      let store = try SQLiteStore(path: directory.store)
      _ = try await store.append([message("a")], to: .everyone)
    }
    var attempts = 0
    while await openingError(directory.store) != nil, attempts < 1_000 {
      attempts += 1
      try await Task.sleep(for: .milliseconds(20))
    }
    #expect(attempts < 1_000)
  }

  @Test func `too many waiting calls are refused with the limit's name`() async throws {
    let directory = try TemporaryDirectory()
    var options = SQLiteStore.Options()
    options.writesWaiting = 4
    options.queriesWaiting = 4
    options.readers = 1
    let store = try SQLiteStore(path: directory.store, options: options)
    // The answers hold the threads up.
    let release = DispatchSemaphore(value: 0)
    let held = DispatchSemaphore(value: 0)
    store.write([]) { _ in
      held.signal()
      release.wait()
    }
    store.read(.log(.everyone)) { _ in
      held.signal()
      release.wait()
    }
    for _ in 0..<2 { await Self.wait(held) }
    let refused = Mutex<[StoreError]>([])
    for _ in 0..<6 {
      store.write([.append([try message("a")], to: .everyone)]) {
        if case .failure(let error) = $0 { refused.withLock { $0.append(error) } }
      }
      store.read(.log(.everyone)) {
        if case .failure(let error) = $0 { refused.withLock { $0.append(error) } }
      }
    }
    #expect(store.statistics.writesWaiting == 4)
    #expect(store.statistics.queriesWaiting == 4)
    let errors = refused.withLock { $0 }
    #expect(errors.count == 4)
    #expect(errors.allSatisfy { $0.code == .busy })
    #expect(errors.contains { $0.message.contains("writesWaiting") })
    #expect(errors.contains { $0.message.contains("queriesWaiting") })
    release.signal()
    release.signal()
    await store.close()
    let again = try SQLiteStore(path: directory.store)
    #expect(try await again.log(.everyone).lastSequence == 4)
    await again.close()
  }

  @Test func `values that SQLite refuses fail their own call only`() async throws {
    let directory = try TemporaryDirectory()
    let store = try SQLiteStore(path: directory.store)
    try execute(
      """
      CREATE TRIGGER refuse BEFORE INSERT ON client_message WHEN new.sender = 'bad'
      BEGIN SELECT RAISE(ABORT, 'refused'); END
      """, at: directory.store)
    try await withThrowingTaskGroup { group in
      for number in 0..<100 {
        group.addTask {
          let sender = number % 10 == 0 ? "bad" : "good"
          let result = await Result {
            try await store.append([message(sender, id: "\(number)")], to: .everyone)
          }
          #expect((try? result.get()) == nil ? sender == "bad" : sender == "good")
        }
      }
      try await group.waitForAll()
    }
    #expect(try await store.log(.everyone).lastSequence == 90)
    #expect(try await store.page(.everyone, .after(0)).count == 90)
    await store.close()
  }

  @Test func `a lock held by another program is waited for, then reported, then forgotten`() async throws {
    let directory = try TemporaryDirectory()
    var options = SQLiteStore.Options()
    options.lockTimeout = 50
    let store = try SQLiteStore(path: directory.store, options: options)
    let other = try Connection(directory.store)
    try other.execute("BEGIN IMMEDIATE")
    let error = await #expect(throws: StoreError.self) {
      try await store.append([message("a")], to: .everyone)
    }
    #expect(error?.code == .locked)
    #expect(try await store.log(.everyone).lastSequence == 0)
    try other.execute("ROLLBACK")
    #expect(try await store.append([message("a")], to: .everyone).lastSequence == 1)
    #expect(store.statistics.failures == 1)
    await store.close()
  }

  @Test func `the write-ahead log stays short while others read without a pause`() async throws {
    let directory = try TemporaryDirectory()
    var options = SQLiteStore.Options()
    options.journalBytes = 256 * 1024
    options.journalBytesMost = 1024 * 1024
    let store = try SQLiteStore(path: directory.store, options: options)
    let done = AnswerCounts()
    let text = String(repeating: "x", count: 4000)
    try await withThrowingTaskGroup { group in
      for _ in 0..<8 {
        group.addTask {
          while done.all.isEmpty { _ = try await store.page(.everyone, .before(.max), messages: 50) }
        }
      }
      for _ in 0..<150 {
        _ = try await store.append((0..<10).map { _ in try message("a", text) }, to: .everyone)
      }
      done.count(0)
      try await group.waitForAll()
    }
    let attributes = try FileManager.default.attributesOfItem(atPath: directory.store + "-wal")
    let size = try #require(attributes[.size] as? Int)
    #expect(size < 2 * 1024 * 1024)
    #expect(store.statistics.checkpointFailures == 0)
    await store.close()
  }

  private static func wait(_ semaphore: DispatchSemaphore) async {
    await withCheckedContinuation { continuation in
      Thread.detachNewThread {
        semaphore.wait()
        continuation.resume()
      }
    }
  }
}

extension Result where Failure == any Error {
  fileprivate init(_ body: () async throws -> Success) async {
    do { self = .success(try await body()) } catch { self = .failure(error) }
  }
}
