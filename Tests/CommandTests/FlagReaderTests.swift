import Testing

@testable import chat_broker

struct FlagReaderTests {
  private func read(_ arguments: String...) -> FlagReader {
    var reader = FlagReader()
    reader.read(arguments)
    return reader
  }

  @Test func `every setting has an option of its name, with a blank or an equals sign`() {
    let reader = read("--limits-body-bytes", "10", "--drain-grace-ms=20", "--limits-mark-interval-ms", "-1")
    #expect(reader.problems == [])
    #expect(reader.layer.entries["limits.body_bytes"]?.texts == ["10"])
    #expect(reader.layer.entries["drain.grace_ms"]?.texts == ["20"])
    #expect(reader.layer.entries["limits.mark_interval_ms"]?.texts == ["-1"])
    #expect(reader.layer.entries["limits.body_bytes"]?.place == "--limits-body-bytes")
  }

  @Test func `the last one counts, and lists grow`() {
    let reader = read(
      "--limits-body-bytes", "10", "--limits-body-bytes", "11", "--http-allow-origin", "https://a.b",
      "--http-allow-origin=https://c.d")
    #expect(reader.layer.entries["limits.body_bytes"]?.texts == ["11"])
    #expect(reader.layer.entries["http.allow_origin"]?.texts == ["https://a.b", "https://c.d"])
  }

  @Test func `a truth needs no value`() {
    #expect(read("--allow-insecure-remote").layer.entries["allow_insecure_remote"]?.texts == ["true"])
    #expect(read("--allow-insecure-remote=no").layer.entries["allow_insecure_remote"]?.texts == ["no"])
  }

  @Test func `a value that lacks is said`() {
    #expect(read("--limits-body-bytes").problems.map(\.code) == [.notAllowed])
  }

  @Test
  func `an unknown option is said once, with the nearest one, and a bare word with the nearest command`() {
    #expect(
      read("--limit-body-byte", "10").problems.map(\.description) == [
        "there is no option --limit-body-byte: did you mean --limits-body-bytes?"
      ])
    #expect(read("--wheels=4").problems.first?.description.contains("chat-broker config keys") == true)
    #expect(read("serv").problems.map(\.description) == ["there is no command \"serv\": did you mean serve?"])
  }
}
