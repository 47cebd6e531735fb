import ChatCore
import Testing

@testable import chat_broker

struct MessageFormatterTests {
  private var message: Message {
    var message = Message()
    message.conversation = "group:lobby"
    message.sequence = 17
    message.sender = "alice"
    message.body = Payload(Array("hi\u{1b}[2J".utf8))
    return message
  }

  @Test func `lines without colours have no escape character`() {
    let formatter = MessageFormatter(style: Style(coloured: false))
    #expect(formatter.listenLine(message).hasSuffix(" group:lobby #17 alice: hi\\u{1b}[2J"))
    #expect(formatter.chatLine(message, in: "group:lobby").hasSuffix(" alice: hi\\u{1b}[2J"))
    #expect(formatter.chatLine(message, in: "group:x").hasSuffix(" [group:lobby] alice: hi\\u{1b}[2J"))
    #expect(formatter.historyLine(message).hasSuffix(" #17 alice: hi\\u{1b}[2J"))
  }

  @Test func `a name has the same colour each time`() {
    let style = Style(coloured: true)
    #expect(style.name("alice") == style.name("alice"))
    #expect(style.name("alice").hasPrefix("\u{1b}[38;5;"))
    #expect(Set(["alice", "bob", "carol", "dave"].map { style.name($0).prefix(11) }).count > 1)
  }

  @Test func `colours need a terminal and no NO_COLOR`() {
    let none = Environment([:])
    #expect(Style(isTerminal: true, environment: none).coloured)
    #expect(!Style(isTerminal: false, environment: none).coloured)
    #expect(!Style(isTerminal: true, environment: Environment(["NO_COLOR": "1"])).coloured)
    #expect(!Style(isTerminal: true, environment: Environment(["TERM": "dumb"])).coloured)
  }

  @Test(arguments: [Int64.min, -1, 0, 1_700_000_000_000, .max])
  func `any time can be shown`(milliseconds: Int64) {
    #expect(LocalTime(milliseconds: milliseconds).hourMinute.utf8.count == 5)
  }
}
