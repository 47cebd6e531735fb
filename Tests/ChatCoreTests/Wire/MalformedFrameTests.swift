import ChatCore
import Testing

struct MalformedFrameTests {
  /// Every text of a client frame, with where it lies: the path of field numbers.
  static let clientTexts: [(field: String, path: [UInt64])] = [
    ("Connect.token", [2, 1]), ("Connect.user", [2, 2]), ("Connect.device", [2, 3]),
    ("Connect.client", [2, 4]), ("Connect.resume.conversation", [2, 5, 1]), ("Publish.to", [3, 1]),
    ("Publish.client_message_id", [3, 2]), ("Publish.content_type", [3, 3]), ("Publish.traceparent", [3, 5]),
    ("Subscribe.conversation", [4, 1]), ("Unsubscribe.conversation", [5, 1]), ("Join.conversation", [6, 1]),
    ("Leave.conversation", [7, 1]), ("History.conversation", [8, 1]),
    ("Acknowledge.positions.conversation", [9, 1, 1]), ("MarkRead.positions.conversation", [11, 1, 1]),
    ("Typing.conversation", [12, 1]),
  ]

  /// Every text of a server frame.
  static let serverTexts: [(field: String, path: [UInt64])] = [
    ("Connected.session", [2, 1]), ("Connected.user", [2, 2]), ("Connected.node", [2, 3]),
    ("Connected.conversations.conversation", [2, 6, 1]), ("Receipt.to", [3, 1, 1]),
    ("Receipt.conversation", [3, 1, 2]), ("Error.message", [3, 1, 7, 2]), ("Message.conversation", [4, 3]),
    ("Message.sender", [4, 4]), ("Message.content_type", [4, 5]), ("Message.traceparent", [4, 7]),
    ("Subscribed.conversation.conversation", [5, 1, 1]), ("HistoryPage.conversation", [7, 1]),
    ("Message.sender", [7, 3, 4]), ("Gap.conversation", [8, 1]), ("Event.following.conversation", [9, 1, 1]),
    ("Event.unfollowed", [9, 2]), ("Marks.conversation", [9, 3, 1]), ("Marks.user", [9, 3, 2]),
    ("Typing.conversation", [9, 4, 1]), ("Typing.user", [9, 4, 2]),
    ("Heartbeat.tails.conversation", [10, 1, 1]), ("Error.message", [11, 2]),
    ("GoAway.reason", [12, 3]),
  ]

  private func frame(_ text: [UInt8], at path: [UInt64]) -> [UInt8] {
    path.reversed().reduce(text) { Raw.bytes($1, $0) }
  }

  /// Overlong, cut off, surrogate, above U+10FFFF, continuation without start, never allowed.
  static let notUTF8: [[UInt8]] = [
    [0xc0, 0x80], [0xe2, 0x82], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80], [0x80], [97, 0xff],
  ]

  @Test(arguments: notUTF8)
  func `text that is not UTF-8 is refused with the name of its field`(text: [UInt8]) {
    for (field, path) in Self.clientTexts {
      let error = refusal { () throws(ChatError) in try decodeClient(frame(text, at: path)) }
      #expect(error?.code == .invalidArgument)
      #expect(error?.message.hasPrefix("\(field) is not valid UTF-8") == true)
    }
    for (field, path) in Self.serverTexts {
      let error = refusal { () throws(ChatError) in try decodeServer(frame(text, at: path)) }
      #expect(error?.code == .invalidArgument)
      #expect(error?.message.hasPrefix("\(field) is not valid UTF-8") == true)
    }
  }

  @Test(arguments: [[0], [97, 0], [0, 97], [97, 0, 97]] as [[UInt8]])
  func `a NUL in a text is refused with the name of its field`(text: [UInt8]) {
    for (field, path) in Self.clientTexts {
      let error = refusal { () throws(ChatError) in try decodeClient(frame(text, at: path)) }
      #expect(error?.code == .invalidArgument)
      #expect(error?.message.hasPrefix("\(field) has a NUL character") == true)
    }
    for (field, path) in Self.serverTexts {
      let error = refusal { () throws(ChatError) in try decodeServer(frame(text, at: path)) }
      #expect(error?.code == .invalidArgument)
      #expect(error?.message.hasPrefix("\(field) has a NUL character") == true)
    }
  }

  @Test func `bytes may hold anything`() throws {
    let body: [UInt8] = [0, 0xff, 0xc0, 0x80, 0]
    guard case .publish(let publish) = try decodeClient(frame(body, at: [3, 4])).body else {
      return #expect(Bool(false))
    }
    #expect(publish.body.bytes == body)
  }

  @Test func `a start of tomorrow is refused, since its meaning is not known`() {
    let error = refusal { () throws(ChatError) in try decodeClient(Raw.bytes(4, Raw.number(2, 5))) }
    #expect(error?.code == .invalidArgument)
    #expect(error?.message.hasPrefix("Subscribe.start 5 ") == true)
  }

  @Test func `a gap reason of tomorrow is unspecified`() throws {
    let gap = Gap(conversation: "", from: 0, to: 0, reason: .unspecified, epoch: 0)
    for reason in [6, 99, UInt64.max] {
      #expect(try decodeServer(Raw.bytes(8, Raw.number(4, reason))).body == .gap(gap))
    }
  }

  @Test func `fields of another wire type are refused`() {
    // Request id, body, text, list, position, history number.
    for bytes in [
      Raw.bytes(1, [1]), Raw.fixed64(1, 1), Raw.number(3, 1), Raw.bytes(3, Raw.number(1, 1)),
      Raw.bytes(3, Raw.fixed64(4, 1)), Raw.bytes(2, Raw.number(5, 1)), Raw.bytes(9, Raw.number(1, 1)),
      Raw.bytes(8, Raw.bytes(2, [1])), Raw.bytes(4, Raw.number(3, 1)),
    ] {
      #expect(refusal { () throws(ChatError) in try decodeClient(bytes) }?.code == .malformedFrame)
    }
    for bytes in [
      Raw.bytes(4, Raw.number(1, 1)), Raw.bytes(4, Raw.number(6, 1)), Raw.bytes(2, Raw.number(4, 1)),
    ] {
      #expect(refusal { () throws(ChatError) in try decodeServer(bytes) }?.code == .malformedFrame)
    }
  }

  @Test func `groups, reserved wire types and field number 0 do not trap`() {
    for wireType in 3...7 as ClosedRange<UInt8> {
      for field in 0...15 as ClosedRange<UInt8> {
        for rest in [[], [0], [1, 2, 3, 4, 5, 6, 7, 8, 9]] as [[UInt8]] {
          _ = refusal { () throws(ChatError) in try decodeClient([field << 3 | wireType] + rest) }
          _ = refusal { () throws(ChatError) in try decodeServer([field << 3 | wireType] + rest) }
        }
      }
    }
  }

  @Test func `a frame that is cut off is a frame or a clear error`() {
    for frame in WireSamples.clientFrames {
      let bytes = cut([encoded(frame)]).frames[0]
      for end in 0..<bytes.count {
        let error = refusal { () throws(ChatError) in try decodeClient([UInt8](bytes[..<end])) }
        #expect(error == nil || error?.code == .malformedFrame)
      }
    }
    for frame in WireSamples.serverFrames {
      let bytes = cut([encoded(frame)]).frames[0]
      for end in 0..<bytes.count {
        let error = refusal { () throws(ChatError) in try decodeServer([UInt8](bytes[..<end])) }
        #expect(error == nil || error?.code == .malformedFrame)
      }
    }
  }

  @Test func `lengths inside a frame that reach beyond it are refused`() {
    for length in [4, 127, 128, 1 << 31, (1 << 32) - 1, 1 << 32, .max] as [UInt64] {
      for path in [[3], [3, 4], [3, 1], [2, 5, 1]] as [[UInt64]] {
        let cutOff = Raw.varint(path[path.count - 1] << 3 | 2) + Raw.varint(length) + [1, 2, 3]
        let bytes = path.dropLast().reversed().reduce(cutOff) { Raw.bytes($1, $0) }
        #expect(refusal { () throws(ChatError) in try decodeClient(bytes) }?.code == .malformedFrame)
      }
    }
  }
}
