import Testing

@testable import ChatTelemetry

@Suite struct LogTimeTests {
  @Test(arguments: [
    (0, 0, "1970-01-01T00:00:00.000Z"), (1_709_210_096, 7, "2024-02-29T12:34:56.007Z"),
    (4_102_444_799, 999, "2099-12-31T23:59:59.999Z"),
  ])
  func `a moment is written in UTC with milliseconds`(seconds: Int, milliseconds: Int, text: String) {
    #expect(LogTime.text(seconds: seconds, milliseconds: milliseconds) == text)
  }
}
