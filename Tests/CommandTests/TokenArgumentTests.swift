import ChatServer
import Testing

@testable import chat_broker

struct TokenArgumentTests {
  @Test(
    arguments: [("1s", 1), ("90s", 90), ("15m", 900), ("12h", 43_200), ("30d", 2_592_000)]
      as [(String, Int64)])
  func `a lifetime is a number with a unit`(text: String, seconds: Int64) {
    #expect(TokenLifetime(argument: text)?.seconds == seconds)
  }

  @Test(arguments: [
    "", "1", "s", "0s", "-1s", "1w", "1.5h", "1 h", "99999999999999999999d", "9223372036854775807d", "40000d",
  ])
  func `other texts are no lifetimes`(text: String) {
    #expect(TokenLifetime(argument: text) == nil)
  }

  @Test func `a grant is a pattern and perhaps rights`() {
    let all = GrantArgument(argument: "group:team/*")
    #expect(all?.conversation == "group:team/*")
    #expect(all?.allow == ["publish", "subscribe", "history"])
    #expect(GrantArgument(argument: "broadcast:news=subscribe")?.allow == ["subscribe"])
    #expect(GrantArgument(argument: "*=")?.allow == [])
    for text in ["", "team", "group:*x", "group:a=read", "=publish"] {
      #expect(GrantArgument(argument: text) == nil)
    }
  }

  @Test func `with a token nobody has to say who they are`() throws {
    let environment = Environment(["CHAT_TOKEN": "a.b.c", "USER": "root"])
    let client = try ClientOptions.parse([]).resolve(environment)
    #expect(client.user == nil)
    #expect(client.token == .text("a.b.c"))
    let named = try ClientOptions.parse(["--user", "ann", "--token-file", "t"]).resolve(environment)
    #expect(named.user?.name == "ann")
    #expect(named.token == .file("t"))
  }

  @Test(arguments: [
    ("https://id.example/jwks.json", true), ("http://127.0.0.1:8080/jwks.json", true),
    ("http://localhost/x", true),
    ("http://[::1]:80/x", true), ("http://id.example/jwks.json", false),
    ("http://127.0.0.1.id.example/", false),
    ("http://localhost@id.example/", false), ("ftp://127.0.0.1/", false), ("", false),
  ])
  func `keys come by https, or from this machine`(url: String, isAllowed: Bool) {
    #expect(((try? JWKSFetcher(url)) != nil) == isAllowed)
  }

  @Test func `keys of a file that cannot be used are told with its name and nothing of its contents`()
    async throws
  {
    let none = await #expect(throws: CommandFailure.self) {
      try await TokenKeySource(keysFile: "/nowhere/x").load()
    }
    #expect(none?.status == .configuration)
    #expect(none?.message.contains("/nowhere/x") == true)
    #expect(try await TokenKeySource(secret: String(repeating: "s", count: 32)).load().count == 1)
    let short = await #expect(throws: CommandFailure.self) {
      try await TokenKeySource(secret: "hunter2").load()
    }
    #expect(short?.message.contains("hunter2") == false)
    #expect(short?.message.contains("7 bytes") == true)
  }
}
