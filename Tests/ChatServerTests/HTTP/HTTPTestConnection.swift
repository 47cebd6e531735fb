import Foundation
import NIOCore
import NIOPosix

/// A client that sends exactly what it is told, and reads responses with a parser of its own.
struct HTTPTestConnection {
  struct Response {
    var status: Int
    var headers: [(name: String, value: String)]
    var body: String

    subscript(_ name: String) -> String? {
      headers.first { $0.name.lowercased() == name.lowercased() }?.value
    }

    /// A member of the JSON object.
    func member<Value>(_ name: String, as type: Value.Type = String.self) -> Value? {
      let object = try? JSONSerialization.jsonObject(with: Data(body.utf8)) as? [String: Any]
      return object?[name] as? Value
    }
  }

  /// The peer ended before the response was complete.
  struct Ended: Error {}

  private var iterator: NIOAsyncChannelInboundStream<[UInt8]>.AsyncIterator
  let outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>
  private var received: ArraySlice<UInt8> = []

  static func open(
    _ address: SocketAddress, _ body: (inout HTTPTestConnection) async throws -> Void
  ) async throws {
    let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .connect(to: address) { channel in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.addHandler(OwnBytesHandler())
          return try NIOAsyncChannel<[UInt8], ByteBuffer>(
            wrappingChannelSynchronously: channel, configuration: .init(isOutboundHalfClosureEnabled: true))
        }
      }
    try await channel.executeThenClose { inbound, outbound in
      var connection = HTTPTestConnection(iterator: inbound.makeAsyncIterator(), outbound: outbound)
      try await body(&connection)
    }
  }

  private init(
    iterator: NIOAsyncChannelInboundStream<[UInt8]>.AsyncIterator,
    outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>
  ) {
    self.iterator = iterator
    self.outbound = outbound
  }

  func send(_ text: String) async throws { try await outbound.write(ByteBuffer(string: text)) }

  func send(bytes: [UInt8]) async throws { try await outbound.write(ByteBuffer(bytes: bytes)) }

  /// Ends this side only.
  func finish() { outbound.finish() }

  /// Sends a request with the admin key and reads its response.
  mutating func request(
    _ method: String, _ path: String, headers: [String] = [], json: String? = nil
  ) async throws -> Response {
    try await send(Self.text(method, path, headers: headers, json: json))
    return try await response(hasBody: method != "HEAD")
  }

  static func text(_ method: String, _ path: String, headers: [String] = [], json: String? = nil) -> String {
    var lines = ["\(method) \(path) HTTP/1.1", "Host: localhost", "Authorization: Bearer \(adminKeyText)"]
    lines += headers
    if let json { lines += ["Content-Type: application/json", "Content-Length: \(json.utf8.count)"] }
    return lines.joined(separator: "\r\n") + "\r\n\r\n" + (json ?? "")
  }

  /// The next response, with exactly the body that its length says.
  mutating func response(hasBody: Bool = true) async throws -> Response {
    let head = try await take(until: Array("\r\n\r\n".utf8))
    var lines = head.components(separatedBy: "\r\n")
    let status = Int(lines.removeFirst().split(separator: " ")[1]) ?? 0
    let headers = lines.filter { !$0.isEmpty }.map { line in
      let halves = line.split(separator: ":", maxSplits: 1)
      return (name: String(halves[0]), value: halves[1].trimmingCharacters(in: .whitespaces))
    }
    var response = Response(status: status, headers: headers, body: "")
    if hasBody, let length = response["Content-Length"].flatMap({ Int($0) }) {
      response.body = try await take(length)
    }
    return response
  }

  /// Reads until the peer ends, and returns what came.
  mutating func rest() async throws -> String {
    while let bytes = try await iterator.next() { received += bytes }
    defer { received = [] }
    return String(decoding: received, as: UTF8.self)
  }

  private mutating func take(_ count: Int) async throws -> String {
    while received.count < count { try await receive() }
    defer { received.removeFirst(count) }
    return String(decoding: received.prefix(count), as: UTF8.self)
  }

  private mutating func take(until end: [UInt8]) async throws -> String {
    while true {
      if let range = received.firstRange(of: end) {
        return try await take(range.upperBound - received.startIndex)
      }
      try await receive()
    }
  }

  private mutating func receive() async throws {
    guard let bytes = try await iterator.next() else { throw Ended() }
    received += bytes
  }
}
