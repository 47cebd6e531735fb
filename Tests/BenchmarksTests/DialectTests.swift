import Testing

@testable import benchmarks

@Suite struct DialectTests {
  private func dialect(_ name: Workload.Dialect, durable: Bool = false) -> any Dialect {
    var workload = Workload(dialect: name, kind: durable ? .durable : .saturated, port: 1)
    workload.durable = durable
    return switch name {
    case .chat: ChatDialect(workload)
    case .chatWebSocket: WebSocketDialect<ChatDialect>(workload)
    case .chatJSON: WebSocketDialect<ChatJSON>(workload)
    case .nats: NATSDialect(workload)
    case .jetstream: JetStreamDialect(workload)
    case .redis: RedisDialect(workload)
    case .redisStreams: RedisStreamsDialect(workload)
    case .mqtt: MQTTDialect(workload)
    case .limit: LimitDialect(workload)
    }
  }

  @Test("finds every frame of a stream that comes at once", arguments: Transcript.all)
  func whole(_ transcript: Transcript) {
    let parsed = dialect(transcript.dialect).parse([transcript.bytes[...]])
    #expect(parsed.events == transcript.events)
  }

  @Test("finds the same when each byte comes alone", arguments: Transcript.all)
  func dripFed(_ transcript: Transcript) {
    let pieces = transcript.bytes.indices.map { transcript.bytes[$0...$0] }
    #expect(dialect(transcript.dialect).parse(pieces).events == transcript.events)
  }

  @Test("finds the same wherever the stream is cut", arguments: Transcript.all)
  func cut(_ transcript: Transcript) {
    for place in 1..<transcript.bytes.count {
      let pieces = [transcript.bytes[..<place], transcript.bytes[place...]]
      #expect(dialect(transcript.dialect).parse(pieces).events == transcript.events, "cut at \(place)")
    }
  }

  @Test("survives any bytes, and never takes more than there are", arguments: Transcript.all)
  func corrupted(_ transcript: Transcript) {
    var random = SeededRandom(seed: 7)
    for _ in 0..<2_000 {
      var bytes = transcript.bytes
      for _ in 0..<Int.random(in: 1...6, using: &random) {
        bytes[Int.random(in: bytes.indices, using: &random)] = UInt8.random(in: 0...255, using: &random)
      }
      bytes.removeLast(Int.random(in: 0..<bytes.count, using: &random))
      #expect(dialect(transcript.dialect).parse([bytes[...]]).rest <= bytes.count)
    }
  }

  @Test(
    "the numbers of a publish are written in place",
    arguments: [UInt64(0), 1, 31, 32, 127, 128, 1 << 20, 1 << 33])
  func patched(serial: UInt64) throws {
    let chat = dialect(.chat, durable: true)
    var frame = chat.publish(topic: 3, publisher: 0).prefix
    frame.withUnsafeMutableBufferPointer { bytes in
      if let start = bytes.baseAddress { chat.patch(start, count: bytes.count, serial: serial) }
    }
    frame += [UInt8](repeating: 1, count: 128)
    var at = 0
    let length = try #require(Protobuf.varint(frame, &at, to: frame.count))
    #expect(at + Int(length) == frame.count)
    let request = try #require(Protobuf.field(frame, &at, to: frame.count))
    #expect(request.number == 1 && request.value == serial + 1 << 28)
    let publish = try #require(Protobuf.field(frame, &at, to: frame.count))
    #expect(publish.number == 3 && at == frame.count)
    at = publish.start
    var fields: [Int: ArraySlice<UInt8>] = [:]
    while let field = Protobuf.field(frame, &at, to: frame.count) {
      fields[field.number] = frame[field.start..<field.start + field.count]
    }
    #expect(fields[1].map { String(decoding: $0, as: UTF8.self) } == "broadcast:bench-3")
    #expect(fields[2]?.count == 26)
    #expect(fields[4]?.count == 128)
  }

  @Test func `client message ids grow with the serial number`() {
    let chat = dialect(.chat, durable: true)
    let ids = [UInt64(0), 1, 31, 32, 1_000, 1 << 33].map { serial in
      var prefix = chat.publish(topic: 0, publisher: 0).prefix
      prefix.withUnsafeMutableBufferPointer { bytes in
        if let start = bytes.baseAddress { chat.patch(start, count: bytes.count, serial: serial) }
      }
      return String(decoding: prefix.suffix(29).prefix(26), as: UTF8.self)
    }
    #expect(ids == ids.sorted())
    #expect(Set(ids).count == ids.count)
  }
}

/// The same numbers in every run.
struct SeededRandom: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}
