import Testing

@testable import ChatCore

struct ConversationTableTests {
  private func table(_ names: [String]) throws -> ConversationTable {
    var table = ConversationTable()
    for name in names {
      table[name] = Conversation(id: try ConversationID(name), owner: 0, isStored: false)
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
    table["group:a"] = nil
    #expect(table.count == 1 && table["group:a"] == nil && name(ofBytes: "group:a", in: table) == nil)
    #expect(name(ofBytes: "group:b", in: table) == "group:b")
  }

  @Test func `a name that only looks the same is another one`() {
    var table = ConversationTable()
    let composed = "gr\u{e9}"
    let decomposed = "gre\u{301}"
    #expect(composed == decomposed)
    table[composed] = Conversation(id: .everyone, owner: 0, isStored: false)
    #expect(table[composed] != nil && table[decomposed] == nil && name(ofBytes: decomposed, in: table) == nil)
  }
}
