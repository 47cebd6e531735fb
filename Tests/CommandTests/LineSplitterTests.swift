import Testing

@testable import chat_broker

struct LineSplitterTests {
  private var splitter = LineSplitter()

  private mutating func feed(_ text: String) throws -> [String] {
    try Array(text.utf8).withUnsafeBytes { try splitter.feed($0) }.map {
      String(decoding: $0.bytes, as: UTF8.self)
    }
  }

  @Test mutating func `lines are put together from pieces`() throws {
    #expect(try feed("a\n\nb") == ["a", ""])
    #expect(try feed("c\r\nd") == ["bc\r"])
    #expect(try splitter.finish() == LineSplitter.Line(number: 4, bytes: Array("d".utf8)))
    #expect(try splitter.finish() == nil)
    #expect(splitter.consumed == 8)
  }

  @Test mutating func `a line without end is refused`() throws {
    let text = String(repeating: "x", count: LineSplitter.longestLine)
    #expect(try feed(text).isEmpty)
    #expect(throws: CommandFailure.self) { try feed("y") }
  }
}
