import Foundation

/// How a server is talked to. Value types, so that the generator is compiled for each.
protocol Dialect {
  init(_ workload: Workload)

  /// Handshakes that may wait for their answer: fewer than the server's backlog.
  static var handshakes: Int { get }

  /// What to send first (step 0) and after each answer; nil: the connection is ready.
  func hello(_ peer: Peer, step: Int) -> [UInt8]?

  /// The parts of a publish before and after the body.
  func publish(topic: Int, publisher: Int) -> (prefix: [UInt8], suffix: [UInt8])

  /// Writes what differs between the publishes of one topic into a copy of the prefix.
  func patch(_ prefix: UnsafeMutablePointer<UInt8>, count: Int, serial: UInt64)

  /// What to send on a connection of this role that has sent nothing for a minute; empty: nothing.
  func signOfLife(_ role: Connection.Role) -> [UInt8]

  /// The answer when the server asks.
  func answer(to question: [UInt8]) -> [UInt8]

  /// Whether connections of this role come over WebSocket.
  static func usesWebSocket(_ role: Connection.Role) -> Bool

  /// Finds the complete frames; returns how many bytes they take.
  func scan<S: FrameSink>(_ bytes: UnsafePointer<UInt8>, _ count: Int, into sink: inout S) -> Int

  /// The same on a connection that may be a WebSocket.
  func scan<S: FrameSink>(
    _ bytes: UnsafePointer<UInt8>, _ count: Int, _ state: inout WebSocketState, into sink: inout S
  ) -> Int
}

/// Who is connecting.
struct Peer {
  var role: Connection.Role
  /// Its number among those of its role.
  var number: Int
  /// Of a subscriber.
  var topic: Int
}

extension Dialect {
  static var handshakes: Int { 256 }
  func signOfLife(_ role: Connection.Role) -> [UInt8] { [] }
  func answer(to question: [UInt8]) -> [UInt8] { [] }
  static func usesWebSocket(_ role: Connection.Role) -> Bool { false }
  func patch(_ prefix: UnsafeMutablePointer<UInt8>, count: Int, serial: UInt64) {}

  @inline(__always)
  func scan<S: FrameSink>(
    _ bytes: UnsafePointer<UInt8>, _ count: Int, _ state: inout WebSocketState, into sink: inout S
  ) -> Int {
    scan(bytes, count, into: &sink)
  }
}

extension UnsafePointer<UInt8> {
  /// Where the first `\r\n` at or after `start` begins; nil: there is none before `end`.
  @inline(__always)
  func lineEnd(from start: Int, to end: Int) -> Int? {
    var at = start
    while at &+ 1 < end {
      guard let found = memchr(self + at, 13, end &- at &- 1) else { return nil }
      at = UnsafeRawPointer(found) - UnsafeRawPointer(self)
      if self[at &+ 1] == 10 { return at }
      at &+= 1
    }
    return nil
  }

  /// The decimal number at `start`; moves behind it. nil: there is none.
  @inline(__always)
  func decimal(_ start: inout Int, to end: Int) -> Int? {
    var value = 0
    let first = start
    while start < end, self[start] &- 48 < 10 {
      value = value &* 10 &+ Int(self[start] &- 48)
      start &+= 1
    }
    return start > first && start &- first < 10 ? value : nil
  }

  /// For messages about what was not expected.
  func text(_ range: Range<Int>) -> String {
    String(
      decoding: UnsafeBufferPointer(start: self + range.lowerBound, count: min(200, range.count)),
      as: UTF8.self)
  }
}
