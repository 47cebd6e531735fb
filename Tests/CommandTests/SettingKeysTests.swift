import ChatCore
import Testing

@testable import chat_broker

struct SettingKeysTests {
  @Test func `names, flags and variables are different from one another`() {
    let keys = SettingKeys.all
    #expect(SettingKeys.named.count == keys.count)
    #expect(SettingKeys.byFlag.count == keys.map(\.flags.count).reduce(0, +))
    #expect(SettingKeys.byVariable.count == keys.map(\.variables.count).reduce(0, +))
  }

  @Test func `every limit is a key, with ms behind times`() {
    for (field, value) in Mirror(reflecting: Limits()).children {
      let snake = (field ?? "").reduce(into: "") { $0 += $1.isUppercase ? "_" + $1.lowercased() : String($1) }
      let isTime = value is UInt64 && !snake.contains("per_second")
      let name = "limits." + snake + (isTime ? "_ms" : "")
      let key = SettingKeys.named[name]
      #expect(key?.isLive == true, "\(name) is missing")
      #expect(key?.defaultText == "\(value)")
      #expect(key?.unit == (isTime ? "ms" : snake.contains("bytes") ? "bytes" : nil), "\(name)")
    }
    #expect(SettingKeys.limits.count == Mirror(reflecting: Limits()).children.count)
  }

  @Test func `every default is allowed, and is what a value of that text means`() throws {
    for key in SettingKeys.all {
      let text = key.text(Settings())
      guard !text.isEmpty else { continue }
      var settings = Settings()
      try key.set([text], from: .default, in: &settings)
      #expect(key.text(settings) == text)
    }
  }

  @Test func `what is read is what is shown and copied`() throws {
    var settings = Settings()
    let key = try #require(SettingKeys.named["limits.stall_timeout_ms"])
    try key.set(["5000"], from: .default, in: &settings)
    #expect(settings.server.limits.stallTimeout == 5_000)
    var other = Settings()
    key.copy(from: settings, to: &other)
    #expect(other.server.limits == settings.server.limits)
  }

  @Test func `sentences end with a full stop, and tables of Markdown stay whole`() {
    for key in SettingKeys.all {
      #expect(key.sentence.hasSuffix("."), "\(key.name)")
      #expect(!(key.sentence + key.allowed + key.defaultText).contains { "|\n".contains($0) }, "\(key.name)")
    }
    #expect(SettingTables.markdown.contains("| `limits.body_bytes` | The longest body of a message."))
  }

  @Test func `options with a declaration have the words of the table`() {
    let help = SettingOptions.helpMessage(columns: 2_000)
    for name in ["node", "port", "http.port", "admin.key_file", "log.level", "allow_insecure_remote"] {
      #expect(help.contains(SettingKeys.named[name]?.sentence ?? "missing"), "\(name)")
    }
  }

  @Test(arguments: [
    ("limits.bodybytes", "limits.body_bytes"), ("limits.body-bytes", "limits.body_bytes"), ("prot", "port"),
    ("limits.bytes_body", nil), ("", nil), ("zzzzzz", nil), ("log.levle", "log.level"),
  ])
  func `the nearest name is found if it is near`(text: String, name: String?) {
    #expect(NearestName.find(text, in: SettingKeys.all.map(\.name)) == name)
    #expect(NearestName.find(String(repeating: "a", count: 100_000), in: ["a"]) == nil)
  }
}
