import Foundation
import Testing

@testable import benchmarks

/// What a server sends, and what its parser must find in it.
struct Transcript: Sendable, CustomTestStringConvertible {
  var dialect: Workload.Dialect
  var bytes: [UInt8]
  var events: [RecordingSink.Event]

  var testDescription: String { dialect.rawValue }

  /// With line ends, zeros and the start of a frame in it.
  static let body = Array("0123456789abcdef\r\nMSG x 1 5\r\n*3\r\n$7\r\n\0\0".utf8)
  static let longBody = (0..<300).map { UInt8(truncatingIfNeeded: $0 * 7) }

  static let all = [chat, chatWebSocket, chatJSON, nats, jetstream, redis, redisStreams, mqtt, limit]

  static let chat = Transcript(
    dialect: .chat,
    bytes: frame(Protobuf.field(2, Protobuf.field(1, "session")))
      + frame(Protobuf.field(9, [])) + frame(Protobuf.field(1, 1) + Protobuf.field(5, []))
      + chatDelivery(body) + frame(Protobuf.field(10, Protobuf.field(2, 5))) + chatDelivery(longBody)
      + frame(Protobuf.field(1, 1 << 28 + 77) + Protobuf.field(3, Protobuf.field(1, [8, 1])))
      + frame(Protobuf.field(11, Protobuf.field(1, 14) + Protobuf.field(2, "no"))),
    events: [
      .answered, .answered, .delivered(body), .delivered(longBody), .acknowledged(77), .failed,
    ])

  static let nats = Transcript(
    dialect: .nats,
    bytes: text("INFO {\"a\":1}\r\nPONG\r\nMSG live.0 1 \(body.count)\r\n") + body
      + text("\r\nPING\r\nMSG live.0 1 reply \(longBody.count)\r\n") + longBody
      + text("\r\n-ERR 'Slow Consumer'\r\n"),
    events: [.answered, .delivered(body), .asked([]), .delivered(longBody), .failed])

  static let jetstream = Transcript(
    dialect: .jetstream,
    bytes: text("INFO {}\r\nPONG\r\nMSG _INBOX.0.create 1 14\r\n{\"type\":\"well\"\r\n")
      + text("MSG _INBOX.0.00000000000000ff 1 26\r\n{\"stream\":\"bench\",\"seq\":1}\r\n")
      + text("MSG _INBOX.0.0000000000000100 1 15\r\n{\"error\":\"bad\"}\r\n"),
    events: [.answered, .answered, .acknowledged(255), .failed])

  static let redis = Transcript(
    dialect: .redis,
    bytes: text("*3\r\n$9\r\nsubscribe\r\n$6\r\nlive:0\r\n:1\r\n+PONG\r\n:1000\r\n") + redisDelivery(body)
      + redisDelivery(longBody) + text("-ERR no\r\n"),
    events: [.answered, .answered, .delivered(body), .delivered(longBody), .failed])

  static let redisStreams = Transcript(
    dialect: .redisStreams,
    bytes: text("+PONG\r\n$15\r\n1526919030474-0\r\n$15\r\n1526919030474-1\r\n-MISCONF no\r\n"),
    events: [.answered, .acknowledged(nil), .acknowledged(nil), .failed])

  static let mqtt = Transcript(
    dialect: .mqtt,
    bytes: [0x20, 2, 0, 0, 0x90, 3, 0, 1, 0] + mqttDelivery(body) + [0xD0, 0] + mqttDelivery(longBody)
      + [0x20, 2, 0, 5],
    events: [.answered, .answered, .delivered(body), .delivered(longBody), .failed])

  static let limit = Transcript(
    dialect: .limit,
    bytes: [5, 0, 0, 0] + text("S") + [0, 0, 0, 0] + limitDelivery(body) + limitDelivery(longBody)
      + [1, 0, 0, 0],
    events: [.answered, .delivered(body), .delivered(longBody), .failed])

  /// Messages with several frames, with one and with none, and longer than 125 bytes.
  static let chatWebSocket = Transcript(
    dialect: .chatWebSocket,
    bytes: upgraded("chat.v1.protobuf")
      + message(.binary, frame(Protobuf.field(2, Protobuf.field(1, "session"))))
      + message(.binary, chatDelivery(body) + frame(Protobuf.field(10, [])) + chatDelivery(longBody))
      + message(.ping, [1, 2, 3]) + message(.binary, []) + message(.binary, chatDelivery(body))
      + message(.pong, []) + message(.binary, chatDelivery(longBody)) + message(.close, [3, 232]),
    events: [
      .answered, .answered, .delivered(body), .delivered(longBody), .asked([1, 2, 3]), .delivered(body),
      .delivered(longBody), .failed,
    ])

  static let chatJSON = Transcript(
    dialect: .chatJSON,
    bytes: upgraded("chat.v1.json") + message(.text, text("{\"connected\":{\"session\":\"a\"}}\n"))
      + message(.text, text("{\"requestId\":\"1\",\"subscribed\":{}}\n{\"heartbeat\":{}}\n"))
      + message(.text, jsonDelivery(body) + jsonDelivery(longBody)) + message(.ping, [])
      + message(.text, jsonDelivery([7])) + message(.text, text("{\"error\":{\"message\":\"no\"}}\n")),
    events: [
      .answered, .answered, .answered, .delivered(body), .delivered(longBody), .asked([]), .delivered([7]),
      .failed,
    ])

  static func upgraded(_ subprotocol: String) -> [UInt8] {
    text(
      "HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n"
        + "sec-websocket-protocol: \(subprotocol)\r\n"
        + "sec-websocket-accept: \(WebSocketUpgrade.accept)\r\n\r\n")
  }

  /// As a server frames it.
  static func message(_ opcode: WebSocketFrame.Opcode, _ content: [UInt8]) -> [UInt8] {
    let length =
      switch content.count {
      case ...125: [UInt8(content.count)]
      case ...0xFFFF: [126] + WebSocketFrame.bigEndian(content.count, bytes: 2)
      default: [127] + WebSocketFrame.bigEndian(content.count, bytes: 8)
      }
    return [0x80 | opcode.rawValue] + length + content
  }

  static func jsonDelivery(_ body: [UInt8]) -> [UInt8] {
    text(
      "{\"message\":{\"sequence\":\"1\",\"time\":\"2\",\"conversation\":\"broadcast:live/0\","
        + "\"sender\":\"p0\",\"body\":\"\(Data(body).base64EncodedString())\"}}\n")
  }

  static func text(_ text: String) -> [UInt8] { Array(text.utf8) }

  private static func frame(_ content: [UInt8]) -> [UInt8] { Protobuf.delimited(content) }

  static func chatDelivery(_ body: [UInt8]) -> [UInt8] {
    let numbers: [UInt8] = [0x09, 1, 0, 0, 0, 0, 0, 0, 0, 0x11, 1, 2, 3, 4, 5, 6, 7, 8]
    return frame(
      Protobuf.field(
        4, numbers + Protobuf.field(3, "broadcast:live/0") + Protobuf.field(4, "p0") + Protobuf.field(6, body)
      ))
  }

  private static func redisDelivery(_ body: [UInt8]) -> [UInt8] {
    text("*3\r\n$7\r\nmessage\r\n$6\r\nlive:0\r\n$\(body.count)\r\n") + body + text("\r\n")
  }

  private static func mqttDelivery(_ body: [UInt8]) -> [UInt8] {
    [0x30] + Protobuf.varint(8 + body.count) + [0, 6] + text("live/0") + body
  }

  private static func limitDelivery(_ body: [UInt8]) -> [UInt8] {
    let length = body.count + 4
    return [UInt8(length & 255), UInt8(length >> 8), 0, 0, 0, 0, 0, 0] + body
  }
}
