import ChatCore
import Testing

@testable import ChatStorage

struct RedoRecordTests {
  private let group: ConversationID
  private let alice: UserID
  private let writes: [StoreWrite]

  init() throws {
    group = try ConversationID("group:g")
    alice = try UserID("alice")
    writes = [
      .append(
        [try message("alice", "hello", id: "e\u{301}", time: -7), try message("bob")], to: group),
      .append([], to: .everyone),
      .join(conversation: group, user: alice, time: 5),
      .mark([
        Mark(conversation: group, user: alice, delivered: .max),
        Mark(conversation: .everyone, user: alice, read: 3),
      ]),
      .mark([]),
      .leave(conversation: group, user: alice),
      .probe,
    ]
  }

  private func encoded(_ number: UInt64 = 3, salt: UInt64 = 9) -> [UInt8] {
    var encoder = RedoEncoder()
    encoder.add("what was there before")
    RedoRecord.encode(writes, number: number, salt: salt, into: &encoder)
    return [UInt8](encoder.bytes)
  }

  @Test func `a record has what it takes to do its writes again`() throws {
    let bytes = [1, 2, 3] + encoded()
    let read = try bytes.withUnsafeBytes { bytes in
      let record = try #require(RedoRecord(in: bytes, at: 3, salt: 9))
      #expect(record.number == 3)
      #expect(record.range == 3..<bytes.count)
      return try record.writes(in: bytes)
    }
    var original = StoreContents(epoch: 1)
    var again = StoreContents(epoch: 1)
    #expect(again.apply(read) == original.apply(writes))
    for conversation in [group, .everyone] {
      let page = StoreQuery.page(
        PageQuery(conversation: conversation, bound: .after(0), messages: 100, bytes: 1 << 20))
      #expect(again.answer(page) == original.answer(page))
      let members = StoreQuery.members(conversation, after: nil, limit: 100)
      #expect(again.answer(members) == original.answer(members))
    }
  }

  @Test func `a record of which something is missing or different is none`() {
    let bytes = encoded()
    for count in 0..<bytes.count {
      Array(bytes.prefix(count)).withUnsafeBytes { #expect(RedoRecord(in: $0, at: 0, salt: 9) == nil) }
    }
    for index in bytes.indices {
      var other = bytes
      other[index] ^= 1 << UInt8(index % 8)
      other.withUnsafeBytes { #expect(RedoRecord(in: $0, at: 0, salt: 9) == nil) }
    }
    bytes.withUnsafeBytes {
      #expect(RedoRecord(in: $0, at: 0, salt: 8) == nil)
      #expect(RedoRecord(in: $0, at: -1, salt: 9) == nil)
      #expect(RedoRecord(in: $0, at: .max, salt: 9) == nil)
    }
  }

  @Test func `contents that are no writes are corrupt, and end nothing`() {
    var generator = SeededGenerator(seed: 1)
    for _ in 0..<20_000 {
      var encoder = RedoEncoder()
      // Kinds that exist and counts that are small, so that it gets further than the first number.
      for _ in 0..<Int.random(in: 1...8, using: &generator) {
        encoder.add(UInt64.random(in: 0...7, using: &generator))
        if Bool.random(using: &generator) { encoder.add("group:g") }
      }
      if Bool.random(using: &generator) { encoder.add(UInt64.max) }
      var decoder = RedoDecoder(encoder.bytes)
      do throws(SQLiteFailure) {
        while !decoder.isAtEnd { _ = try StoreWrite(from: &decoder) }
      } catch {
        #expect(error.kind == .corrupt)
      }
      // It owns the memory that was decoded.
      encoder.removeAll()
    }
  }
}
