import Testing

@testable import ChatServer

@Suite struct WebSocketHeaderTests {
  private func bytes(_ kind: WebSocketHeader.Kind, _ length: Int) -> [UInt8] {
    let header = WebSocketHeader(kind, length: length)
    // One more than it may write, which has to stay as it is.
    var memory = [UInt8](repeating: 0xee, count: WebSocketHeader.mostBytes + 1)
    memory.withUnsafeMutableBytes { header.write(to: $0) }
    #expect(memory[header.count...].allSatisfy { $0 == 0xee })
    return Array(memory[..<header.count])
  }

  @Test(
    "A length has the shortest of its three forms",
    arguments: [
      (0, [0x82, 0]), (1, [0x82, 1]), (125, [0x82, 125]),
      (126, [0x82, 126, 0, 126]), (256, [0x82, 126, 1, 0]), (65_535, [0x82, 126, 0xff, 0xff]),
      (65_536, [0x82, 127, 0, 0, 0, 0, 0, 1, 0, 0]),
      (0x0102_0304_0506_0708, [0x82, 127, 1, 2, 3, 4, 5, 6, 7, 8]),
    ] as [(Int, [UInt8])])
  func lengths(length: Int, expected: [UInt8]) {
    #expect(bytes(.binary, length) == expected)
  }

  @Test func `Every frame is final, not masked, and says its kind`() {
    #expect(bytes(.text, 5) == [0x81, 5])
    #expect(bytes(.binary, 5) == [0x82, 5])
    #expect(bytes(.close, 2) == [0x88, 2])
    #expect(bytes(.pong, 125) == [0x8a, 125])
  }
}
