import ChatCore
import Testing

@testable import chat_broker

struct ArgumentTests {
  @Test(arguments: [
    ("a", "a", 7400), ("a:1", "a", 1), ("[::1]", "::1", 7400), ("[::1]:99", "::1", 99),
    ("1.2.3.4:65535", "1.2.3.4", 65_535),
  ])
  func `a server is a host and perhaps a port`(text: String, host: String, port: Int) {
    #expect(ServerAddress(text) == ServerAddress(host: host, port: port))
  }

  @Test(arguments: ["", ":1", "a:", "a:0", "a:65536", "a:x", "[::1", "[::1]x", "::1", "a b", "[]:1"])
  func `other texts are no servers`(text: String) {
    #expect(ServerAddress(text) == nil)
  }

  @Test func `a bare word is a group`() throws {
    let user = try UserID("bob")
    #expect(AddressArgument(argument: "lobby")?.text == "group:lobby")
    #expect(AddressArgument(argument: "broadcast:news")?.conversation(for: user) == "broadcast:news")
    #expect(AddressArgument(argument: "user:alice")?.conversation(for: user) == "direct:alice:bob")
    #expect(AddressArgument(argument: "room:x") == nil)
    #expect(AddressArgument(argument: "a b") == nil)
  }

  @Test func `the user comes from the option, CHAT_USER or USER`() throws {
    let both = Environment(["CHAT_USER": "carol", "USER": "root"])
    #expect(try ClientOptions.parse(["--user", "alice"]).resolve(both).user?.name == "alice")
    #expect(try ClientOptions.parse([]).resolve(both).user?.name == "carol")
    #expect(
      try ClientOptions.parse([]).resolve(Environment(["USER": "root"])).user?.name == "root")
    let nobody = #expect(throws: CommandFailure.self) {
      try ClientOptions.parse([]).resolve(Environment([:]))
    }
    #expect(nobody?.status == .usage)
    let odd = #expect(throws: CommandFailure.self) {
      try ClientOptions.parse([]).resolve(Environment(["USER": "a b"]))
    }
    #expect(odd?.message.contains("variable USER") == true)
  }

  @Test(arguments: [
    ("hi", ChatInput.message("hi")), ("  ", .nothing), ("", .nothing), ("//quit", .message("/quit")),
    ("/quit", .quit), ("/help", .help), ("/history", .history(20)), ("/history 7", .history(7)),
  ])
  func `a line is a message or a command`(line: String, input: ChatInput) {
    #expect(ChatInput(line) == input)
  }

  @Test(arguments: ["/history 0", "/history x", "/history 1 2", "/nick", "/"])
  func `a wrong command is answered, not sent`(line: String) {
    guard case .mistake = ChatInput(line) else {
      Issue.record("\(line) is \(ChatInput(line))")
      return
    }
  }

  @Test func `every command explains itself with examples`() {
    for command in ChatBroker.configuration.subcommands {
      #expect(command.configuration.discussion.contains("EXAMPLES\n"))
    }
  }
}
