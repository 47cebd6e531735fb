import Testing

@testable import chat_broker

struct IRCLogTests {
  @Test(arguments: [
    ("[09:14] <alice> hello", "<alice> hello"), ("[09:14:59] <|a-|> x <y> ", "<|a-|> x <y> "),
    ("[00:00] <a>", "<a>"), ("[09:14] <a b> x", "<a b> x"),
  ])
  func `a message is all after the time`(line: String, message: String) {
    #expect(IRCLog.read(Array(line.utf8)) == .message(ArraySlice(message.utf8)))
  }

  @Test func `bytes that are not UTF-8 stay as they are`() {
    let bytes = Array("[09:14] <a> ".utf8) + [0xe9, 0xff]
    #expect(IRCLog.read(bytes) == .message(bytes[8...]))
  }

  @Test func `days and notices are told apart from other lines`() {
    #expect(IRCLog.read(Array("### 2004-12-25".utf8)) == .day)
    #expect(IRCLog.read(Array("=== bob has joined".utf8)) == .notice)
    for line in [
      "", "[9:14] <a> x", "[09:14] <> x", "[09:14] <a", "[09:14] * a x", "[ab:cd] <a> x",
    ] {
      #expect(IRCLog.read(Array(line.utf8)) == .other)
    }
  }

  @Test func `an id depends on name, number and text, is stable and short`() {
    let id = ImportID("a.log").clientMessageID(line: 7, text: "x".utf8)
    #expect(id == ImportID("a.log").clientMessageID(line: 7, text: "x".utf8))
    #expect(id == "import:3a5219b53086022c:7:af63f54c86021707")
    #expect(id != ImportID("b.log").clientMessageID(line: 7, text: "x".utf8))
    #expect(id != ImportID("a.log").clientMessageID(line: 8, text: "x".utf8))
    #expect(id != ImportID("a.log").clientMessageID(line: 7, text: "y".utf8))
    #expect(ImportID("a.log").clientMessageID(line: .max, text: "".utf8).utf8.count <= 64)
  }

  @Test func `progress shows a share where the size is known`() {
    var progress = ImportProgress(totalBytes: 200, bytes: 50, imported: 9, alreadyThere: 1)
    #expect(progress.line(seconds: 2) == "[######------------------] 25 %, 10 messages, 5/s")
    progress.totalBytes = nil
    #expect(progress.line(seconds: 0) == "10 messages, 0/s")
    progress.notices = 2
    progress.otherLines = 3
    #expect(
      progress.summary
        == "imported 9, already there 1, skipped 5 (2 joins and parts, 3 other lines), refused 0")
  }
}
