import Testing

@testable import chat_broker

struct DirectoryReaderTests {
  @Test func `a file is a value, by the name of the key or of the variable, without its last line end`()
    throws
  {
    let directory = try TemporaryDirectory()
    try directory.write("0123456789abcdef\n", to: "admin.key")
    try directory.write("77", to: "CHAT_LIMITS_FLUSH_PIECES")
    try directory.write("broadcast:a/\nbroadcast:b/\n", to: "retention.none")
    try directory.write("x", to: ".hidden")
    try directory.write("x", to: "folder/port")
    let reader = DirectoryReader(path: directory.path)
    #expect(reader.problems == [])
    #expect(
      reader.layer.entries.mapValues(\.texts) == [
        "admin.key": ["0123456789abcdef"], "limits.flush_pieces": ["77"],
        "retention.none": ["broadcast:a/", "broadcast:b/"],
      ])
    #expect(reader.layer.entries["admin.key"]?.place == directory.path + "/admin.key")
  }

  @Test func `files are those that Kubernetes' link points to`() throws {
    let directory = try TemporaryDirectory()
    let one = try directory.write("1", to: "..one/port")
    let two = try directory.write("2", to: "..two/port")
    // Neither size nor time tells them apart, and the new setting has no link of its own yet.
    for file in [one, two] { try directory.setTime(of: file) }
    try directory.write("3", to: "..two/loops")
    try directory.link("..data", to: "..one")
    try directory.link("port", to: "..data/port")
    let before = FileStamp([directory.path])
    let portBefore = FileStamp([directory.path + "/port"])
    #expect(DirectoryReader(path: directory.path).layer.entries["port"]?.texts == ["1"])
    #expect(FileStamp([directory.path]) == before)
    try directory.link("..data", to: "..two")
    let reader = DirectoryReader(path: directory.path)
    #expect(reader.layer.entries["port"]?.texts == ["2"])
    #expect(reader.layer.entries["loops"]?.texts == ["3"])
    #expect(reader.layer.entries["port"]?.place == directory.path + "/port")
    #expect(FileStamp([directory.path + "/port"]) != portBefore)
    #expect(FileStamp([directory.path]) != before)
  }

  @Test func `a key that two files have is set twice`() throws {
    let directory = try TemporaryDirectory()
    try directory.write("1", to: "port")
    try directory.write("1", to: "CHAT_PORT")
    #expect(DirectoryReader(path: directory.path).problems.map(\.code) == [.conflict])
  }

  @Test func `files that are too long, too many or no text are refused`() throws {
    let directory = try TemporaryDirectory()
    try directory.write(String(repeating: "1", count: DirectoryReader.mostBytes + 1), to: "port")
    #expect(DirectoryReader(path: directory.path).problems.map(\.code) == [.unreadable])
    for number in 0...DirectoryReader.mostFiles { try directory.write("", to: "many/\(number)") }
    let many = DirectoryReader(path: directory.path + "/many").problems
    #expect(many.map(\.code) == [.unreadable] && many[0].description.contains("1000 files"))
  }
}
