import ChatCore
import NIOCore
import Testing

@testable import ChatServer

@Suite(.timeLimit(.minutes(3))) struct WebSocketBadInputTests {
  typealias Client = WebSocketTestClient

  /// What breaks WebSocket, and the code that it is closed with.
  private static let broken: [(bytes: [UInt8], code: UInt16)] = [
    (Client.frame(.ping, masked: false), 1_002),
    (Client.frame(.ping, reserved: 4), 1_002),
    (Client.frame(.ping, final: false), 1_002),
    (Client.frame(.ping, Array(repeating: 0, count: 126)), 1_002),
    (Client.frame(.continuation), 1_002),
    (Client.frame(.close, [0]), 1_002),
    (Client.frame(.close, [0x03, 0xed]), 1_002),
    ([0x83, 0x80, 0, 0, 0, 0], 1_002),
    ([0x8b, 0x80, 0, 0, 0, 0], 1_002),
    (Client.frame(.close, [0x03, 0xe8, 0xff]), 1_007),
  ]

  /// The connection is closed with a code, and its neighbour's is not.
  private func expectClosed(
    _ subprotocol: Client.Subprotocol, by bytes: [UInt8], with code: UInt16, error: ErrorCode? = nil
  ) async throws {
    try await withWebServer(loops: 1, configure: { $0.limits.clientMessageBytes = 8_192 }) {
      address, server in
      let neighbour = try await RawClient.connect(address, user: "neighbour")
      let client = try await Client.connect(server, subprotocol, user: "ann")
      try await client.send(bytes: bytes + Client.frame(.ping))
      if let error { #expect(try await client.error() == error) }
      #expect(try await client.closeCode() == code)
      // On a slow machine the second that the server waits may have passed.
      if error != nil { try? await client.sendClose(code) }
      try await client.waitUntilClosed()
      #expect(client.seen.afterClose == 0)
      _ = try await neighbour.publish("still here", to: "user:neighbour")
      _ = try await neighbour.message()
    }
  }

  @Test("What breaks WebSocket closes the connection with its code", arguments: broken)
  func protocolErrors(bytes: [UInt8], code: UInt16) async throws {
    for subprotocol in Client.Subprotocol.allCases {
      try await expectClosed(subprotocol, by: bytes, with: code)
    }
  }

  @Test func `Text and binary messages do not stand for one another`() async throws {
    try await expectClosed(.json, by: Client.frame(.binary, [0]), with: 1_003)
    try await expectClosed(.protobuf, by: Client.frame(.text, [0x20]), with: 1_003)
    try await expectClosed(.json, by: Client.frame(.text, [0xff]), with: 1_007)
  }

  @Test("A message that is too long is refused, before it has come", arguments: Client.Subprotocol.allCases)
  func tooLong(subprotocol: Client.Subprotocol) async throws {
    let opcode: Client.Opcode = subprotocol == .json ? .text : .binary
    let blanks = [UInt8](repeating: 0x20, count: 8_192)
    let part = Client.frame(opcode, Array(blanks[..<4_096]), final: false)
    try await expectClosed(
      subprotocol, by: part + Client.frame(.continuation, Array(blanks[..<4_097])), with: 1_009,
      error: .frameTooLarge)
    let announced = Client.frame(opcode, blanks + [0x20])[..<14]
    try await withWebServer(configure: { $0.limits.clientMessageBytes = 8_192 }) { _, server in
      let client = try await Client.connect(server, subprotocol, user: "ann")
      // As long as allowed, of nothing.
      if subprotocol == .json { try await client.send(message: blanks) }
      try await client.send(bytes: Array(announced))
      let frame = try await client.frame { if case .error = $0.body { true } else { false } }
      guard case .error(let error) = frame.body else { return }
      #expect(error.code == .frameTooLarge)
      #expect(error.message.hasPrefix("client_message_bytes is 8192"))
      #expect(try await client.closeCode() == 1_009)
      try? await client.sendClose(1_009)
      try await client.waitUntilClosed()
      let service = try #require(server.service)
      #expect(await service.statistics().limitsHit == ["client_message_bytes": 1])
      #expect(await service.metrics().contains("chat_sessions_closed_total{code=\"frame_too_large\"} 1\n"))
    }
  }

  @Test func `What is no chat frame is answered with an error, then closed`() async throws {
    let half = RawClient.encode(ClientFrame(requestID: 1, body: .join(conversation: "group:g"))).dropLast()
    try await expectClosed(
      .protobuf, by: Client.frame(.binary, Array(half)), with: 1_008, error: .malformedFrame)
    try await expectClosed(
      .protobuf, by: Client.frame(.binary, [0xff, 0xff, 0xff, 0x7f]), with: 1_009, error: .frameTooLarge)
    try await expectClosed(
      .json, by: Client.frame(.text, Array("{".utf8)), with: 1_008, error: .malformedFrame)
  }
}
