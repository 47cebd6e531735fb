import ChatCore
import Testing

@testable import chat_broker

struct TerminalTextTests {
  @Test func `harmless text stays as it is`() {
    let text = "grüße 日本 👩‍👩‍👧 \\ ~"
    #expect(TerminalText.escape(text) == text)
  }

  @Test(arguments: [
    ("\u{1b}[2J", "\\u{1b}[2J"), ("a\rb", "a\\rb"), ("a\nb\t", "a\\nb\\t"), ("\0\u{7f}", "\\u{0}\\u{7f}"),
    ("\u{9b}31m", "\\u{9b}31m"), ("\u{202e}gnp", "\\u{202e}gnp"),
    ("\u{2066}x\u{2069}", "\\u{2066}x\\u{2069}"),
    ("\u{200f}", "\\u{200f}"), ("\r\n", "\\r\\n"),
  ])
  func `what drives a terminal is shown as an escape`(text: String, shown: String) {
    #expect(TerminalText.escape(text) == shown)
  }

  @Test func `bytes that are not text become replacement characters`() {
    #expect(TerminalText.escape(Payload([0x61, 0xff, 0x1b])) == "a\u{fffd}\\u{1b}")
  }
}
