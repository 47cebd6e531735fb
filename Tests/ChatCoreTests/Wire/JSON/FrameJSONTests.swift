import ChatCore
import Foundation
import Testing

struct FrameJSONTests {
  @Test(arguments: WireSamples.clientFrames)
  func `a client frame survives JSON`(frame: ClientFrame) throws {
    let text = try json(frame)
    let understood = try decodeClient(json: text)
    #expect(understood == frame)
    let bytes = try message("chat.v1.ClientFrame", json: text)
    #expect(cut([encoded(frame)], limit: .max).frames == [bytes])
    _ = try JSONSerialization.jsonObject(with: Data(text.utf8))
  }

  @Test(arguments: WireSamples.serverFrames)
  func `a server frame survives JSON`(frame: ServerFrame) throws {
    let text = try json(frame)
    let understood = try decodeServer(json: text)
    #expect(understood == frame)
    let bytes = try message("chat.v1.ServerFrame", json: text)
    #expect(cut([encoded(frame)], limit: .max).frames == [bytes])
    _ = try JSONSerialization.jsonObject(with: Data(text.utf8))
  }

  @Test func `every message of Protos is known, and empty it is an empty object`() throws {
    let folder = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "../../../../Protos/chat/v1").standardizedFileURL
    var declared: Set<String> = []
    for file in try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil) {
      for line in try String(contentsOf: file, encoding: .utf8).split(separator: "\n") {
        let words = line.split(separator: " ")
        if words.first == "message", words.count > 1 { declared.insert("chat.v1.\(words[1])") }
      }
    }
    #expect(!declared.isEmpty && declared.subtracting(FrameCodec.messageNames).isEmpty)
    for name in FrameCodec.messageNames {
      let text = try json(message: name, [])
      #expect(text == "{}")
      let bytes = try message(name, json: " { } ")
      #expect(bytes.isEmpty)
    }
  }

  /// Protobuf as bytes, and the only JSON for it.
  static let canonical: [(name: String, bytes: [UInt8], json: String)] = [
    ("ServerFrame", [], "{}"),
    ("ServerFrame", Raw.number(1, 9) + Raw.bytes(6, []), #"{"requestId":"9","done":{}}"#),
    (
      "ServerFrame",
      Raw.bytes(
        4,
        Raw.fixed64(1, 3) + Raw.fixed64(2, 1_764_000_000_000) + Raw.bytes(3, Array("direct:ann:bob".utf8))
          + Raw.bytes(4, Array("bob".utf8)) + Raw.bytes(6, Array("hi".utf8))),
      #"{"message":{"sequence":"3","time":"1764000000000","conversation":"direct:ann:bob","sender":"bob","body":"aGk="}}"#
    ),
    (
      "Message", Raw.fixed64(1, .max) + Raw.fixed64(2, 1 << 63),
      #"{"sequence":"18446744073709551615","time":"-9223372036854775808"}"#
    ),
    ("Message", Raw.bytes(6, [0]), #"{"body":"AA=="}"#),
    ("Message", Raw.bytes(6, [0xff, 0xfe]), #"{"body":"//4="}"#),
    ("Message", Raw.bytes(6, [0xfb, 0xef, 0xbe]), #"{"body":"++++"}"#),
    ("Gap", Raw.number(4, 3), #"{"reason":"GAP_REASON_LOG_TRUNCATED"}"#),
    ("Gap", Raw.number(4, 99), #"{"reason":99}"#),
    ("Gap", Raw.number(4, UInt64(bitPattern: -7)), #"{"reason":-7}"#),
    ("Limits", Raw.number(1, UInt64(UInt32.max)), #"{"frameBytes":4294967295}"#),
    ("History", Raw.number(5, 1), #"{"fromStart":true}"#),
    ("Publish", Raw.bytes(1, []) + Raw.bytes(1, [97]), #"{"to":["","a"]}"#),
    ("Heartbeat", Raw.bytes(1, []) + Raw.bytes(1, Raw.number(3, 1)), #"{"tails":[{},{"sequence":"1"}]}"#),
    // What is set in a oneof is written, whatever it is.
    ("Event", Raw.bytes(2, []), #"{"unfollowed":""}"#),
    ("Event", Raw.bytes(1, []), #"{"following":{}}"#),
    ("Receipt", Raw.bytes(7, []), #"{"error":{}}"#),
    // Fields of tomorrow are left out.
    ("Ping", Raw.number(1000, 1) + Raw.bytes(1001, [1, 2]), "{}"),
    (
      "GoAway", Raw.bytes(3, Array("\"\\/\u{8}\u{c}\n\r\t\u{1}\u{1f}\u{7f}".utf8)),
      "{\"reason\":\"\\\"\\\\/\\b\\f\\n\\r\\t\\u0001\\u001f\u{7f}\"}"
    ),
    ("GoAway", Raw.bytes(3, [97, 0, 98]), #"{"reason":"a\u0000b"}"#),
    ("GoAway", Raw.bytes(3, Array("12345678é€📺<>&".utf8)), #"{"reason":"12345678é€📺<>&"}"#),
  ]

  @Test(arguments: canonical.indices)
  func `there is one JSON for a message`(index: Int) throws {
    let (name, bytes, expected) = Self.canonical[index]
    let text = try json(message: "chat.v1.\(name)", bytes)
    #expect(text == expected)
  }

  /// JSON that says the same as the canonical one.
  static let alike: [(name: String, json: String, canonical: String)] = [
    ("ClientFrame", " {\t\"requestId\" :\r\n 5 , \"ping\" : { } }\n", #"{"requestId":"5","ping":{}}"#),
    ("ClientFrame", #"{"request_id":5}"#, #"{"requestId":"5"}"#),
    ("ClientFrame", #"{"\u0072equestId":5}"#, #"{"requestId":"5"}"#),
    ("ClientFrame", #"{"requestId":null,"connect":null,"ping":{}}"#, #"{"ping":{}}"#),
    (
      "ClientFrame", #"{"tomorrow":{"a":[1,"b\n",{"c":null}],"d":-1.5e+300},"ping":{"x":true}}"#,
      #"{"ping":{}}"#
    ),
    ("ClientFrame", #"{"requestID":5}"#, "{}"),
    ("Position", #"{"sequence":18446744073709551615}"#, #"{"sequence":"18446744073709551615"}"#),
    ("Position", #"{"sequence":5.0}"#, #"{"sequence":"5"}"#),
    ("Position", #"{"sequence":1e3}"#, #"{"sequence":"1000"}"#),
    ("Position", #"{"sequence":"1.5E+1"}"#, #"{"sequence":"15"}"#),
    ("Position", #"{"sequence":1200e-2}"#, #"{"sequence":"12"}"#),
    ("Position", #"{"sequence":1844674407370955161.5e1}"#, #"{"sequence":"18446744073709551615"}"#),
    ("Position", #"{"sequence":-0}"#, "{}"),
    ("Position", #"{"sequence":0e999999999}"#, "{}"),
    ("Position", #"{"sequence":"0"}"#, "{}"),
    ("Receipt", #"{"time":-9223372036854775808}"#, #"{"time":"-9223372036854775808"}"#),
    ("Receipt", #"{"recipientsOnline":"7"}"#, #"{"recipientsOnline":7}"#),
    ("Subscribe", #"{"start":"START_AFTER"}"#, #"{"start":"START_AFTER"}"#),
    ("Subscribe", #"{"start":1}"#, #"{"start":"START_AFTER"}"#),
    ("Subscribe", #"{"start":0}"#, "{}"),
    ("Subscribe", #"{"start":-2147483648}"#, #"{"start":-2147483648}"#),
    ("Publish", #"{"body":"-_-_"}"#, #"{"body":"+/+/"}"#),
    ("Publish", #"{"body":"AA"}"#, #"{"body":"AA=="}"#),
    ("Publish", #"{"body":"AAA"}"#, #"{"body":"AAA="}"#),
    ("Publish", #"{"body":"\/\u002b\/\u002B"}"#, #"{"body":"/+/+"}"#),
    ("Publish", #"{"body":""}"#, "{}"),
    ("Publish", #"{"to":[]}"#, "{}"),
    (
      "Publish", #"{"to":["a","b","c","d","e","f","g","h","i"]}"#,
      #"{"to":["a","b","c","d","e","f","g","h","i"]}"#
    ),
    (
      "Join", #"{"conversation":"\"\\\/\b\f\n\r\t\u00e9\u20AC\ud83d\udcfa!"}"#,
      #"{"conversation":"\"\\/\b\f\n\r\té€📺!"}"#
    ),
    ("Event", #"{"following":null,"unfollowed":""}"#, #"{"unfollowed":""}"#),
  ]

  @Test(arguments: alike.indices)
  func `JSON may be written in many ways`(index: Int) throws {
    let (name, text, expected) = Self.alike[index]
    let bytes = try message("chat.v1.\(name)", json: text)
    let again = try json(message: "chat.v1.\(name)", bytes)
    #expect(again == expected)
  }

  @Test func `what cannot be JSON leaves the buffer as it was`() throws {
    var codec = FrameCodec(decodingBytes: decodingBytes)
    var buffer = FrameBuffer()
    buffer.appendText("before")
    for frame in [Raw.bytes(12, Raw.bytes(3, [97, 0xff])), [0xff]] as [[UInt8]] {
      let error = refusal { () throws(ChatError) in
        try frame.lend { bytes throws(ChatError) in try codec.appendJSON(of: bytes, into: &buffer) }
      }
      #expect(error != nil)
      #expect(String(decoding: buffer.readable, as: UTF8.self) == "before")
    }
  }

  @Test func `a frame is written while the publish that it delivers is still in use`() throws {
    var codec = FrameCodec(decodingBytes: decodingBytes)
    let text = Array(#"{"publish":{"to":["group:a"],"body":"aGVsbG8="}}"#.utf8)
    let frame = try text.lend { text throws(ChatError) in try codec.decodeClientFrame(json: text) }
    guard case .publish(let publish) = frame.body else { throw ChatError(.internal, "no publish") }
    var buffer = FrameBuffer()
    let done = Array(encoded(ServerFrame(requestID: 1, body: .done)).dropFirst())
    try done.lend { done throws(ChatError) in try codec.appendJSON(of: done, into: &buffer) }
    #expect(publish.body.bytes == Array("hello".utf8))
  }
}

extension FrameBuffer {
  mutating func appendText(_ text: String) {
    Array(text.utf8).withUnsafeBytes { append($0) }
  }
}
