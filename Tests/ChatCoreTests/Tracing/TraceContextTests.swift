import Testing

@testable import ChatCore

@Suite struct TraceContextTests {
  private static let text = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

  @Test func `a context is read, and written as it was`() throws {
    let context = try #require(TraceContext(Self.text))
    #expect(context.traceID == "4bf92f3577b34da6a3ce929d0e0e4736")
    #expect(context.spanID == "00f067aa0ba902b7")
    #expect(context.isSampled)
    #expect(context.text == Self.text)
    #expect(context.text.utf8.count == TraceContext.textBytes)
  }

  @Test(arguments: [("00", false), ("01", true), ("02", false), ("ff", true)])
  func `one bit of the flags says whether it is sampled`(flags: String, isSampled: Bool) {
    #expect(TraceContext(Self.text.dropLast(2) + flags)?.isSampled == isSampled)
  }

  @Test func `a later version is read as far as it is known`() {
    #expect(TraceContext("01" + Self.text.dropFirst(2))?.isSampled == true)
    #expect(TraceContext("01" + Self.text.dropFirst(2) + "-more")?.isSampled == true)
    #expect(TraceContext("01" + Self.text.dropFirst(2) + "more") == nil)
  }

  @Test(arguments: [
    "", "00", text + "-", text + "0", String(text.dropLast()), "ff" + text.dropFirst(2),
    "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
    "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
    "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
    "00-4bf92f3577b34da6a3ce929d0e0e473g-00f067aa0ba902b7-01",
    "00_4bf92f3577b34da6a3ce929d0e0e4736_00f067aa0ba902b7_01",
    "00-4bf92f3577b34da6a3ce929d0e0e47ää-00f067aa0ba902b7-01",
  ])
  func `what is none is refused`(text: String) {
    #expect(TraceContext(text) == nil)
  }
}
