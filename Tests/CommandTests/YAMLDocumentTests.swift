import Testing

@testable import chat_broker

struct YAMLDocumentTests {
  private func read(_ text: String) throws -> [YAMLDocument.Entry] {
    try YAMLDocument(Array(text.utf8)).entries
  }

  private func failure(_ text: String) -> YAMLDocument.Failure? {
    #expect(throws: YAMLDocument.Failure.self) { try read(text) }
  }

  @Test func `mappings in one another and dotted keys are the same`() throws {
    let entries = try read("a:\n  b:\n    c: 1\na.d: x\nlist: [p, 'q']\n")
    #expect(
      entries == [
        .init(key: "a.b.c", texts: ["1"], isSequence: false, line: 3),
        .init(key: "a.d", texts: ["x"], isSequence: false, line: 4),
        .init(key: "list", texts: ["p", "q"], isSequence: true, line: 5),
      ])
  }

  @Test func `everything is a text, and a key without a value is not there`() throws {
    let entries = try read("a: off\nb: 010\nc:\nd: ~\ne: null\nf: ''\ng: \"null\"\nh: |\n  two\n  lines\n")
    #expect(entries.map(\.key) == ["a", "b", "f", "g", "h"])
    #expect(entries.map { $0.texts[0] } == ["off", "010", "", "null", "two\nlines\n"])
  }

  @Test(arguments: ["", "# nothing\n", "---\n", "{}"])
  func `nothing is a document too`(text: String) throws {
    #expect(try read(text).isEmpty)
  }

  @Test(arguments: [
    ("a: 1\na: 2\n", 2, "twice"), ("a: {b: 1, b: 2}", 1, "twice"), ("- a\n", 1, "list"),
    ("a: [[1]]", 1, "list"),
    ("a: [{b: 1}]", 1, "mapping"), ("{[a]: 1}", 1, "list"), ("{{a: 1}: 2}", 1, "mapping"),
    ("word\n", 1, "key: value"),
    ("a: 1\n---\nb: 2\n", 2, "document"), ("a: 1\nb: *x\n", 2, "alias"), ("a: &x 1\n", 1, "anchor"),
    ("a: 1\nb: &x\n  c: 2\n", 2, "anchor"), ("a: &x [1]\n", 1, "anchor"), ("&x a: 1\n", 1, "anchor"),
    ("a: !!str 1\n", 1, "tag"),
    ("a: 1\n\tb: 2\n", 2, "YAML"), ("a: [1\n", 2, "YAML"), ("a: \"\u{1}\"", 1, "YAML"), ("a: }\n", 1, "YAML"),
  ])
  func `what settings do not need is refused with its line`(text: String, line: Int, word: String) {
    let failure = failure(text)
    #expect(failure?.line == line)
    #expect(failure?.description.contains(word) == true, "\(failure?.description ?? "")")
  }

  @Test func `depth and size are bounded`() {
    let deep = (0...YAMLDocument.mostDepth).map { String(repeating: " ", count: $0) + "k:\n" }.joined()
    #expect(
      failure(deep + String(repeating: " ", count: 20) + "x: 1")?.description.contains("in one another")
        == true)
    #expect(failure(String(repeating: "{a: ", count: 5_000))?.description.contains("in one another") == true)
    let many = (0...YAMLDocument.mostEntries).map { "k\($0): 1\n" }.joined()
    #expect(failure(many)?.description.contains("entries") == true)
    let list = "a: [" + String(repeating: "x, ", count: YAMLDocument.mostEntries + 1) + "]"
    #expect(failure(list)?.description.contains("entries") == true)
  }

  @Test func `what is not UTF-8 is refused`() {
    #expect(throws: YAMLDocument.Failure.self) { try YAMLDocument([0x61, 0x3a, 0x20, 0xff, 0xfe]) }
  }

  @Test func `a file that is too long is not read`() throws {
    let directory = try TemporaryDirectory()
    let file = try directory.write(String(repeating: "#", count: YAMLDocument.mostBytes + 1), to: "a.yaml")
    #expect(YAMLReader(path: file).problems.first?.description.contains("more than 1048576 bytes") == true)
  }

  @Test func `a list where one value is due is refused, and a text with commas is a list where one is due`()
    throws
  {
    let directory = try TemporaryDirectory()
    let file = try directory.write("port: [1, 2]\nretention.none: 'broadcast:a, broadcast:b'\n", to: "a.yaml")
    let reader = YAMLReader(path: file)
    #expect(reader.problems.map(\.code) == [.notAllowed])
    #expect(reader.layer.entries["retention.none"]?.texts == ["broadcast:a", "broadcast:b"])
  }

  @Test func `a key that is set as a dotted and as a nested one is set twice`() throws {
    let directory = try TemporaryDirectory()
    let file = try directory.write("http.port: 1\nhttp:\n  port: 2\n", to: "a.yaml")
    #expect(YAMLReader(path: file).problems.map(\.code) == [.conflict])
  }
}
