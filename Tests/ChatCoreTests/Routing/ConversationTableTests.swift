import Testing

@testable import ChatCore

struct ConversationTableTests {
  private func table(_ names: [String]) throws -> ConversationTable {
    var table = ConversationTable()
    for name in names {
      table.insert(Conversation(id: try ConversationID(name), owner: 0, isStored: false))
    }
    return table
  }

  private func name(ofBytes name: String, in table: ConversationTable) -> String? {
    [UInt8](name.utf8).withUnsafeBytes { table[$0]?.id.name }
  }

  @Test func `a conversation is found by its name and by the bytes of it`() throws {
    let names = ["group:a", "group:with-a-name-that-takes-memory", "broadcast:a", "direct:ann:bob"]
    let table = try table(names)
    #expect(table.count == 4)
    for known in names {
      #expect(table[known]?.id.name == known)
      #expect(name(ofBytes: known, in: table) == known)
    }
    for other in [
      "", "group:", "group:b", "group:a\0", "direct:bob:ann", "group:with-a-name-that-takes-memor",
    ] {
      #expect(table[other] == nil)
      #expect(name(ofBytes: other, in: table) == nil)
    }
  }

  @Test func `one that was taken out is not found any more`() throws {
    var table = try table(["group:a", "group:b"])
    table.remove(try #require(table["group:a"]))
    #expect(table.count == 1 && table["group:a"] == nil && name(ofBytes: "group:a", in: table) == nil)
    #expect(name(ofBytes: "group:b", in: table) == "group:b")
  }

  /// Up to where a conversation has its name in itself, and behind.
  @Test(arguments: [1, 15, 16, NameFront.room - 1, NameFront.room, NameFront.room + 1, 128])
  func `names that differ in one byte are different ones, wherever it is`(length: Int) throws {
    let id = String(repeating: "a", count: length)
    let table = try table(["group:" + id])
    #expect(table["group:" + id] != nil)
    for place in 0..<length {
      var other = [UInt8](id.utf8)
      other[place] = UInt8(ascii: "b")
      #expect(table["group:" + String(decoding: other, as: UTF8.self)] == nil)
    }
    #expect(table["group:" + id.dropLast()] == nil && table["group:" + id + "a"] == nil)
    let read = table.all.map { $0.withName { String(decoding: $0, as: UTF8.self) } }
    #expect(read == ["group:" + id])
  }
}
