import Testing

@testable import ChatCore

@Suite struct RouterFormatTests {
  private static let name = "broadcast:live/a"

  @Test("Sessions of all formats get the same messages in the same order")
  func same() throws {
    let harness = RouterHarness()
    let publisher = try harness.open("ann", .json)
    let readers = try WireFormat.allCases.map { try harness.open("u\($0)", $0, following: [Self.name]) }
    for text in ["1", "2", "3"] { harness.publish(text, to: Self.name, from: publisher) }
    harness.settle()
    harness.flush()
    for reader in readers {
      let bodies = try harness.frames(reader).map { body -> String in
        guard case .message(let message) = body else { return "\(body)" }
        return "\(message.sequence) \(message.sender) \(String(decoding: message.body.bytes, as: UTF8.self))"
      }
      #expect(bodies == ["1 ann 1", "2 ann 2", "3 ann 3"])
      #expect(harness.sends[reader]?.count == 1)
    }
  }

  @Test("What many read as JSON is written as JSON once, and not at all while nobody does")
  func once() throws {
    let harness = RouterHarness()
    let publisher = try harness.open("ann")
    _ = try harness.open("bob", following: [Self.name])
    harness.publish("1", to: Self.name, from: publisher)
    harness.tick()
    #expect(harness.router.counters.segmentsWrittenAsJSON == 0)
    for reader in 0..<20 { _ = try harness.open("u\(reader)", .json, following: [Self.name]) }
    for text in ["2", "3"] { harness.publish(text, to: Self.name, from: publisher) }
    harness.tick()
    #expect(harness.router.counters.segmentsWrittenAsJSON == 1)
    #expect(harness.router.counters.deliveries == 1 + 21 * 2)
  }

  @Test("A message is encoded once, however many sessions of a stream and of WebSockets get it")
  func encodedOnce() throws {
    let harness = RouterHarness()
    let publisher = try harness.open("ann")
    let readers = try (0..<20).map {
      try harness.open("u\($0)", $0.isMultiple(of: 2) ? .stream : .messages, following: [Self.name])
    }
    let before = harness.router.codec.messagesEncoded
    for text in ["1", "2", "3"] { harness.publish(text, to: Self.name, from: publisher) }
    harness.settle()
    harness.flush()
    for reader in readers { #expect(try harness.messages(reader) == [1, 2, 3]) }
    #expect(harness.router.codec.messagesEncoded - before == 3)
    #expect(harness.router.counters.segmentsWrittenAsJSON == 0)
  }

  @Test("Who resumes with JSON gets the window's and the store's messages as lines")
  func resumed() throws {
    var limits = Limits()
    limits.windowBytes = 1
    let harness = RouterHarness(limits: limits)
    let publisher = try harness.open("ann")
    _ = try harness.open("bob", following: ["broadcast:a"])
    for number in 1...5 {
      harness.publish("\(number)", to: "broadcast:a", from: publisher)
      harness.tick()
    }
    let late = try harness.open("eve", .json)
    var sequences: [UInt64] = []
    harness.receive(
      .subscribe(.init(conversation: "broadcast:a", after: Position(conversation: ""))), from: late)
    for _ in 0..<10 {
      harness.settle()
      harness.flush()
      sequences += try harness.messages(late)
    }
    #expect(sequences == [1, 2, 3, 4, 5])
    #expect(harness.router.counters.pagesRead > 0)
  }

  /// - Parameter published: so many messages at a time, each time in a segment of their own.
  @Test(
    "A message to a WebSocket holds whole frames up to its limit; a stream gets all at once",
    arguments: [1, 2, 3, 20])
  func cut(published: Int) throws {
    var limits = Limits()
    limits.messageBytes = 1_000
    let harness = RouterHarness(limits: limits)
    let publisher = try harness.open("ann")
    let readers = try WireFormat.allCases.map { try harness.open("u\($0)", $0, following: [Self.name]) }
    for number in 1...20 {
      harness.publish(String(repeating: "x", count: 100), to: Self.name, from: publisher)
      if number % published == 0 { harness.settle() }
    }
    harness.settle()
    harness.flush()
    for reader in readers {
      // Each send is decoded by itself, so a frame that was cut would be missing.
      #expect(try harness.messages(reader) == Array(1...20))
    }
    #expect(harness.sends[readers[0]]?.count == 1)
    for reader in readers.dropFirst() {
      let sends = try #require(harness.sends[reader])
      #expect(sends.count > 1 && sends.allSatisfy { $0.count <= 1_000 })
    }
  }

  @Test(
    "One flush hands over no more than its limit, in however many messages",
    arguments: [WireFormat.messages, .json])
  func flushLimit(format: WireFormat) throws {
    var limits = Limits()
    // Each message is a handover of its own.
    limits.messageBytes = 1
    let harness = RouterHarness(limits: limits)
    let publisher = try harness.open("ann")
    let reader = try harness.open("bob", format, following: [Self.name])
    func handedOver() -> Int { (harness.sends[reader] ?? []).reduce(0) { $0 + $1.count } }
    harness.publish("1", to: Self.name, from: publisher)
    harness.tick()
    limits.flushBytes = 2 * handedOver() + 1
    harness.apply(limits)
    for number in 2...4 { harness.publish("\(number)", to: Self.name, from: publisher) }
    harness.settle()
    harness.flush(blocking: publisher, after: 99)
    #expect((1...limits.flushBytes).contains(handedOver()))
    var sequences = try harness.messages(reader)
    for _ in 0..<4 {
      harness.settle()
      harness.flush()
      sequences += try harness.messages(reader)
    }
    #expect(sequences == [2, 3, 4])
  }

  @Test("What a session that lies behind gets as JSON counts in the window, too")
  func laggingJSON() throws {
    var limits = Limits()
    limits.windowBytes = 1_500
    let harness = RouterHarness(limits: limits)
    let publisher = try harness.open("ann")
    _ = try harness.open("bob", following: [Self.name])
    for number in 1...20 {
      harness.publish("\(number)", to: Self.name, from: publisher)
      harness.tick()
    }
    let late = try harness.open("eve", .json)
    harness.receive(.subscribe(.init(conversation: Self.name, after: Position(conversation: ""))), from: late)
    var sequences: [UInt64] = []
    for _ in 0..<30 {
      harness.settle()
      harness.flush()
      sequences += try harness.messages(late)
    }
    #expect(sequences == Array(1...20))
    #expect(harness.router.windowBytes <= 1_500)
  }

  @Test("What comes in several messages at once is bounded together")
  func amplifiedInMessages() throws {
    var limits = Limits()
    limits.outboxBytes = 1_000
    let harness = RouterHarness(limits: limits)
    let session = try harness.open("ann", .messages)
    for _ in 0..<100 { harness.receive(bytes: Array(repeatElement([0], count: 10).joined()), from: session) }
    harness.settle()
    #expect(harness.router.limitsHit["outbox_bytes"] == 1)
  }

  @Test(
    "A socket that is full after some messages of a flush gets the rest later, and nothing twice",
    arguments: [WireFormat.messages, .json])
  func blockedBetween(format: WireFormat) throws {
    var limits = Limits()
    limits.messageBytes = 1_000
    for takes in 0...2 {
      let harness = RouterHarness(limits: limits)
      let publisher = try harness.open("ann")
      let reader = try harness.open("bob", format, following: [Self.name])
      for _ in 0..<20 { harness.publish(String(repeating: "x", count: 100), to: Self.name, from: publisher) }
      harness.settle()
      harness.flush(blocking: reader, after: takes)
      let before = try harness.messages(reader)
      harness.writable(reader)
      harness.flush()
      #expect(try before + harness.messages(reader) == Array(1...20))
      #expect(before.count < 20)
    }
  }

  @Test("Answers to a WebSocket are cut between frames, too, and go before messages")
  func cutAnswers() throws {
    var limits = Limits()
    limits.messageBytes = 500
    for format in WireFormat.allCases {
      let harness = RouterHarness(limits: limits)
      let publisher = try harness.open("ann")
      let session = try harness.open("bob", format, following: [Self.name])
      for _ in 0..<100 { harness.receive(.ping, from: session) }
      harness.publish("1", to: Self.name, from: publisher)
      harness.settle()
      harness.flush()
      // Each send is decoded by itself.
      let frames = try harness.frames(session)
      #expect(frames.count == 101)
      guard case .message = frames.last else {
        Issue.record("\(format): the message came before an answer")
        continue
      }
      let sends = try #require(harness.sends[session])
      #expect(format == .stream || sends.count > 1 && sends.allSatisfy { $0.count <= 500 })
    }
  }

  @Test(
    "What is sent at once may not cause more answers than a bound: the session ends",
    arguments: WireFormat.allCases)
  func amplified(format: WireFormat) throws {
    var limits = Limits()
    limits.outboxBytes = 1_000
    let harness = RouterHarness(limits: limits)
    let session = try harness.open("ann", format)
    let empty: [UInt8] = format == .json ? Array("{}\n".utf8) : [0]
    harness.receive(bytes: Array(repeatElement(empty, count: 10_000).joined()), from: session)
    harness.settle()
    #expect(harness.router.limitsHit["outbox_bytes"] == 1)
    harness.flush()
    #expect(harness.sends[session].map { $0.reduce(0) { $0 + $1.count } } ?? 0 < 10_000)
    harness.tick()
    #expect(harness.closes[session] == .some(.limitExceeded))
  }

  @Test("Who has many answers waiting, because it reads slowly, is not ended for asking more")
  func slowIsNoOffence() throws {
    var limits = Limits()
    limits.outboxBytes = 100
    let harness = RouterHarness(limits: limits)
    let session = try harness.open("ann")
    for _ in 0..<100 {
      // Nothing is flushed, as with a socket that takes nothing.
      harness.receive(.history(.init(conversation: "broadcast:a")), from: session)
      harness.settle()
    }
    #expect(harness.router.limitsHit.isEmpty)
    harness.flush()
    #expect(try harness.frames(session).count == 100)
  }

  @Test("A window whose last follower leaves in the tick of a message is taken off the sum once")
  func accounting() throws {
    var limits = Limits()
    limits.windowBytes = 200
    let harness = RouterHarness(limits: limits)
    let publisher = try harness.open("ann")
    for _ in 0..<5 {
      let reader = try harness.open("bob", following: [Self.name])
      for _ in 0..<10 {
        harness.publish(String(repeating: "x", count: 100), to: Self.name, from: publisher)
        harness.settle()
      }
      harness.close(reader)
      harness.tick()
      #expect(harness.router.gauges(topConversations: 0).windowBytes == 0)
    }
  }

  @Test("JSON counts in the bytes of windows, and goes with its segments")
  func bytes() throws {
    var limits = Limits()
    limits.windowBytes = 2_000
    let harness = RouterHarness(limits: limits)
    let publisher = try harness.open("ann")
    let reader = try harness.open("bob", .json, following: [Self.name])
    for _ in 0..<100 {
      harness.publish("hello", to: Self.name, from: publisher)
      harness.tick()
      #expect(harness.router.gauges(topConversations: 1).windowBytes <= 2_000)
    }
    #expect(harness.router.gauges(topConversations: 1).windowBytes > 0)
    harness.close(reader)
    harness.tick()
    #expect(harness.router.gauges(topConversations: 1).windowBytes == 0)
  }

  @Test func `JSON that takes a loop above its limit makes the window give way at once`() throws {
    func bytes(_ format: WireFormat, messages: Int, _ limits: Limits = Limits()) throws -> Int {
      let harness = RouterHarness(limits: limits)
      let publisher = try harness.open("ann")
      _ = try harness.open("bob", format, following: [Self.name])
      for _ in 0..<messages {
        harness.publish("hello", to: Self.name, from: publisher)
        harness.tick()
      }
      return harness.router.windowBytes
    }
    let stream = try bytes(.stream, messages: 1)
    let both = try bytes(.json, messages: 1)
    var limits = Limits()
    // The second message fits in, and its JSON does not.
    limits.windowBytesPerLoop = both + stream
    #expect(try bytes(.json, messages: 2, limits) == both)
  }

  @Test("A frame that goes on in the next message is refused; one that does so in a stream is not")
  func split() throws {
    let harness = RouterHarness()
    for format in [WireFormat.stream, .messages] {
      let session = try harness.open("ann", format)
      harness.receive(bytes: [0x05, 0x08], from: session)
      harness.tick()
      #expect(harness.closes[session] == (format == .stream ? nil : .some(.malformedFrame)))
    }
  }

  @Test("Several lines are several frames; empty ones are none; what is no JSON ends the session")
  func lines() throws {
    let harness = RouterHarness()
    let session = try harness.open("ann", .json)
    harness.receive(
      bytes: Array("{\"requestId\":1,\"ping\":{}}\n\r\n{\"requestId\":\"2\",\"ping\":{}}".utf8), from: session
    )
    harness.settle()
    harness.flush()
    #expect(try harness.frames(session).count == 2)
    harness.receive(bytes: Array("{\"requestId\":".utf8), from: session)
    harness.tick()
    #expect(harness.closes[session] == .some(.malformedFrame))
  }

  private static let fieldsRefused: [(line: String, request: UInt64)] = [
    (#"{"requestId":"7","history":{"conversation":"user:a\u0000b"}}"#, 7),
    (#"{"history":{"conversation":"user:a\u0000b"},"requestId":7}"#, 7),
    (#"{"requestId":7,"publish":{"to":["user:\ud800"],"body":""}}"#, 7),
    (#"{"publish":{"to":["user:\udc00b"],"x":{"\ud800":[1]}},"request_id":"7"}"#, 7),
    (#"{"requestId":7,"history":{"conversation":5}}"#, 7),
    (#"  {"requestId":7,"history":{"conversation":5}}"#, 7),
    (#"{"typing":{"conversation":"user:a\u0000b"}}"#, 0),
  ]

  @Test("A bad field in JSON refuses its request, and the session goes on", arguments: fieldsRefused)
  func badField(line: String, request: UInt64) throws {
    let harness = RouterHarness()
    let session = try harness.open("ann", .json)
    harness.receive(bytes: Array("\(line)\n{\"requestId\":8,\"ping\":{}}".utf8), from: session)
    harness.settle()
    harness.flush()
    let answers = try harness.answered(session)
    try #require(answers.map(\.requestID) == [request, 8])
    guard case .error(let error) = answers[0].body, case .heartbeat = answers[1].body else {
      Issue.record("\(answers)")
      return
    }
    #expect(error.code == .invalidArgument)
    harness.tick()
    #expect(harness.closes[session] == nil)
  }

  @Test(
    "Without an id that can be read, or without an end of the JSON, a bad field ends the session",
    arguments: [
      #"{"requestId":"x","ping":{}}"#, #"{"requestId":7,"requestId":8,"ping":{}}"#,
      #"{"requestId":7,"history":{"conversation":"a\u0000"}"#,
      #"{"history":{"conversation":5},"requestId":"\ud800"}"#,
      #"{"requestId":7,"ping":{},"a":"\q"}"#, #"{"request\u0049d":7,"history":{"conversation":5}}"#,
    ])
  func badFieldWithoutID(line: String) throws {
    let harness = RouterHarness()
    let session = try harness.open("ann", .json)
    harness.receive(bytes: Array(line.utf8), from: session)
    harness.tick()
    #expect(harness.closes[session] != nil)
  }

  @Test(
    "A text that protobuf cannot bring refuses its request, and the session goes on",
    arguments: [WireFormat.stream, .messages], [[0x61, 0x00], [0xff, 0xfe]] as [[UInt8]])
  func badText(format: WireFormat, text: [UInt8]) throws {
    let harness = RouterHarness()
    let session = try harness.open("ann", format)
    // request_id 7, history {conversation}; request_id 8, ping.
    let history = [0x08, 7, 0x42, 4, 0x0a, 2] + text
    harness.receive(bytes: [UInt8(history.count)] + history + [4, 0x08, 8, 0x52, 0], from: session)
    harness.settle()
    harness.flush()
    let answers = try harness.answered(session)
    try #require(answers.map(\.requestID) == [7, 8])
    guard case .error(let error) = answers[0].body else {
      Issue.record("\(answers)")
      return
    }
    #expect(error.code == .invalidArgument)
    harness.tick()
    #expect(harness.closes[session] == nil)
  }

  @Test("A Connect with a bad field is answered, and ends the connection")
  func badConnect() throws {
    let harness = RouterHarness()
    let session = try harness.accept()
    harness.receive(bytes: [8, 0x08, 7, 0x12, 4, 0x12, 2, 0x61, 0x00], from: session)
    harness.settle()
    harness.flush()
    #expect(try harness.answered(session).map(\.requestID) == [7])
    harness.tick()
    #expect(harness.closes[session] == .some(.invalidArgument))
  }

  @Test("A line that is too long ends the session")
  func longLine() throws {
    var limits = Limits()
    limits.jsonLineBytes = 100
    let harness = RouterHarness(limits: limits)
    let session = try harness.open("ann", .json)
    // The last frame of the loop was another session's, and a good one.
    harness.receive(.ping, from: try harness.open("bob"))
    harness.receive(
      bytes: Array("{\"ping\":{\"x\":\"\(String(repeating: "y", count: 100))\"}}".utf8), from: session)
    harness.tick()
    #expect(harness.closes[session] == .some(.frameTooLarge))
  }
}
