import Foundation
import Testing

@testable import benchmarks

@Suite struct WebSocketDialectTests {
  private static let workload: Workload = {
    var workload = Workload(dialect: .chatWebSocket, kind: .saturated, port: 1)
    workload.webSocketPort = 2
    return workload
  }()

  private let protobuf = WebSocketDialect<ChatDialect>(workload)
  private let json = WebSocketDialect<ChatJSON>(workload)
  private let subscriber = Peer(role: .subscriber, number: 3, topic: 5)

  /// What is found behind the upgrade.
  private func events(_ bytes: [UInt8]) -> [RecordingSink.Event] {
    let all = Transcript.upgraded("chat.v1.protobuf") + bytes
    return Array(protobuf.parse([all[...]]).events.dropFirst())
  }

  private func jsonEvents(_ line: String) -> [RecordingSink.Event] {
    let all = Transcript.upgraded("chat.v1.json") + Transcript.message(.text, Transcript.text(line))
    return Array(json.parse([all[...]]).events.dropFirst())
  }

  // MARK: From the broker

  @Test(
    "finds messages of every form of length",
    arguments: [1, 125 - 51, 126 - 51, 127, 1_000, 65_535 - 55, 65_536, 200_000])
  func lengths(bytes: Int) {
    let body = (0..<bytes).map { UInt8(truncatingIfNeeded: $0 * 3) }
    let message = Transcript.message(.binary, Transcript.chatDelivery(body))
    #expect(events(message + message) == [.delivered(body), .delivered(body)])
    let whole = Transcript.upgraded("chat.v1.protobuf") + message + message
    for place in stride(from: 1, to: whole.count, by: max(1, whole.count / 97)) {
      #expect(protobuf.parse([whole[..<place], whole[place...]]).events.dropFirst().count == 2)
    }
  }

  @Test func `what came of a long message is delivered before its end comes`() {
    let deliveries = Transcript.chatDelivery(Transcript.body) + Transcript.chatDelivery(Transcript.longBody)
    let whole = Transcript.upgraded("chat.v1.protobuf") + Transcript.message(.binary, deliveries)
    let parsed = protobuf.parse([whole.dropLast()])
    #expect(parsed.events == [.answered, .delivered(Transcript.body)])
    #expect(parsed.rest == Transcript.chatDelivery(Transcript.longBody).count - 1)
  }

  @Test(
    "refuses what a server must not send",
    arguments: [
      // fragments, reserved bits, text, an opcode that there is not, a mask, a long or cut ping
      [0x02, 1, 0], [0x80, 1, 0], [0xC2, 1, 0], [0xA2, 1, 0], [0x81, 1, 0], [0x83, 1, 0], [0x8B, 0],
      [0x82, 0x81, 0, 0, 0, 0, 1], [0x82, 0xFE, 0, 0], [0x82, 0xFF, 0, 0], [0x89, 126, 0, 126], [0x09, 0],
      // longer than anything that there is
      [0x82, 127, 0x80, 0, 0, 0, 0, 0, 0, 1], [0x82, 127, 0, 0, 0, 0, 0x7F, 0, 0, 0],
      // HTTP once more
      Array("HTTP/1.1 101 \r\n\r\n".utf8),
    ] as [[UInt8]])
  func refused(bytes: [UInt8]) {
    #expect(events(bytes) == [.failed])
  }

  @Test func `a message that ends within a frame is a failure`() {
    let delivery = Transcript.chatDelivery(Transcript.body)
    let cut = Transcript.message(.binary, delivery.dropLast())
    #expect(events(cut) == [.failed])
    let whole = Transcript.message(.binary, delivery + delivery.dropLast())
    #expect(events(whole) == [.delivered(Transcript.body), .failed])
  }

  @Test(
    "an upgrade that is not one is a failure",
    arguments: [
      ("101 Switching", "403 Forbidden"), (WebSocketUpgrade.accept, "s3pPLMBiTxaQ9kYGzzhZRbK+xOp="),
      ("chat.v1.protobuf", "chat.v1.json"), ("upgrade: websocket", "upgrade: h2c"), ("HTTP/1.1", "ICY"),
    ])
  func upgrade(there: String, instead: String) {
    let answer = String(decoding: Transcript.upgraded("chat.v1.protobuf"), as: UTF8.self)
    let bytes = Array(answer.replacingOccurrences(of: there, with: instead).utf8)
    #expect(protobuf.parse([bytes[...]]).events == [.failed])
  }

  @Test func `an answer to the upgrade that does not end is a failure`() {
    let bytes = Array("HTTP/1.1 101 X\r\na: ".utf8) + [UInt8](repeating: 97, count: 20_000)
    #expect(protobuf.parse([bytes[...]]).events == [.failed])
  }

  @Test(
    "a line of JSON that is no delivery of ours is a failure",
    arguments: [
      "", "{", "[]", #"{"message":{}}"#, #"{"message":{"sequence":"1"}}"#, #"{"message":{"body":""}}"#,
      #"{"message":{"body":"AA=A"}}"#, #"{"message":{"body":"AAA"}}"#, #"{"message":{"body":"AAB="}}"#,
      #"{"message":{"body":"AA-_"}}"#, #"{"message":{"body":"AAAA","body":"AAAA"}}"#,
      #"{"message":{"body":"AAAA"}"#, #"{"message":{"body":"AAAA"}}}"#, #"{"message":{"body":"AAAA"},"a":1}"#,
      #"{"message":{"body":"AAAA}}"#, #"{"message":{"body":7}}"#, #"{"unheardOf":{}}"#,
      #"{"gap":{"reason":"GAP_REASON_RETENTION"}}"#, #"{"goAway":{}}"#,
    ])
  func refusedLine(line: String) {
    #expect(jsonEvents(line + "\n") == [.failed])
  }

  @Test func `fields of a delivery may come in any order`() {
    #expect(
      jsonEvents(#"{"message":{"body":"AQI=","sender":"a","conversation":"b"}}"# + "\n") == [
        .delivered([1, 2])
      ])
  }

  @Test(arguments: 1...70)
  func `Base64 is read at every length`(count: Int) {
    var random = SeededRandom(seed: UInt64(count))
    let bytes = (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
    let text = Array(Data(bytes).base64EncodedString().utf8)
    #expect(Base64Text(capacity: count).decode(text, text.count).map(Array.init) == bytes)
    #expect(Base64Text(capacity: count - 1).decode(text, text.count).map(Array.init) == nil)
    for place in text.indices {
      var wrong = text
      wrong[place] = UInt8(ascii: "!")
      #expect(Base64Text(capacity: count).decode(wrong, wrong.count).map(Array.init) == nil)
    }
  }

  // MARK: To the broker

  @Test func `a connection asks to upgrade, then says what the content has, masked`() throws {
    let request = String(decoding: try #require(protobuf.hello(subscriber, step: 0)), as: UTF8.self)
    #expect(request.hasPrefix("GET /v1/ws HTTP/1.1\r\nHost: 127.0.0.1:2\r\n"))
    #expect(request.hasSuffix("Sec-WebSocket-Protocol: chat.v1.protobuf\r\n\r\n"))
    for step in 0...2 {
      let plain = ChatDialect(Self.workload).hello(subscriber, step: step)
      #expect(try protobuf.hello(subscriber, step: step + 1).map { try unmasked($0, .binary) } == plain)
      let text = ChatJSON(Self.workload).hello(subscriber, step: step)
      #expect(try json.hello(subscriber, step: step + 1).map { try unmasked($0, .text) } == text)
    }
  }

  @Test func `publishers come over TCP`() {
    let publisher = Peer(role: .publisher, number: 0, topic: 0)
    let plain = ChatDialect(Self.workload)
    for step in 0...2 { #expect(json.hello(publisher, step: step) == plain.hello(publisher, step: step)) }
    #expect(json.publish(topic: 2, publisher: 0).prefix == plain.publish(topic: 2, publisher: 0).prefix)
    #expect(json.signOfLife(.publisher) == plain.signOfLife)
  }

  @Test("what is sent is framed by its length", arguments: [0, 1, 125, 126, 127, 65_535, 65_536, 70_000])
  func framed(count: Int) throws {
    let content = (0..<count).map { UInt8(truncatingIfNeeded: $0) }
    #expect(try unmasked(WebSocketFrame.masked(.text, content), .text) == content)
  }

  @Test func `a ping is answered with what it had`() throws {
    #expect(try unmasked(protobuf.answer(to: [9, 8]), .pong) == [9, 8])
  }

  private func unmasked(_ frame: [UInt8], _ opcode: WebSocketFrame.Opcode) throws -> [UInt8] {
    #expect(frame[0] == 0x80 | opcode.rawValue)
    #expect(frame[1] & 0x80 != 0)
    let more = [126: 2, 127: 8][frame[1] & 0x7F] ?? 0
    let length = more == 0 ? Int(frame[1] & 0x7F) : frame[2..<2 + more].reduce(0) { $0 << 8 | Int($1) }
    let mask = Array(frame[(2 + more)...].prefix(4))
    try #require(mask.count == 4)
    let content = frame[(6 + more)...]
    #expect(content.count == length)
    #expect(length < 126 ? more == 0 : length <= 0xFFFF ? more == 2 : more == 8)
    return content.enumerated().map { $1 ^ mask[$0 & 3] }
  }
}
