import Foundation

/// The HTTP request that a WebSocket begins with, and its answer.
enum WebSocketUpgrade {
  static let path = "/v1/ws"
  /// The example of RFC 6455: whoever answers must know what belongs to it.
  static let key = "dGhlIHNhbXBsZSBub25jZQ=="
  static let accept = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
  private static let longestAnswer = 16_384

  static func request(host: String, subprotocol: String) -> [UInt8] {
    let lines = [
      "GET \(path) HTTP/1.1", "Host: \(host)", "Upgrade: websocket", "Connection: Upgrade",
      "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: \(key)", "Sec-WebSocket-Protocol: \(subprotocol)",
    ]
    return Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8)
  }

  /// Reads the answer. Returns how many bytes it takes; 0: it is not complete, or it was refused.
  @inline(never)
  static func scan<S: FrameSink>(
    _ bytes: UnsafePointer<UInt8>, _ count: Int, subprotocol: String, into sink: inout S
  ) -> Int {
    var lines: [String] = []
    var at = 0
    while let end = bytes.lineEnd(from: at, to: min(count, longestAnswer)) {
      guard end > at else {
        guard let fault = fault(lines, subprotocol) else {
          sink.answered()
          return end + 2
        }
        sink.failed(fault)
        return 0
      }
      lines.append(bytes.text(at..<end))
      at = end + 2
    }
    if count >= longestAnswer { sink.failed("the answer to the upgrade does not end") }
    return 0
  }

  /// nil: there is none.
  private static func fault(_ lines: [String], _ subprotocol: String) -> String? {
    guard let status = lines.first, status.hasPrefix("HTTP/1.1 101 ") else {
      return "the broker does not upgrade to WebSocket: \(lines.first ?? "")"
    }
    let wanted = [
      "upgrade": "websocket", "connection": "upgrade", "sec-websocket-accept": accept,
      "sec-websocket-protocol": subprotocol,
    ]
    let fields = lines.dropFirst().map { line in
      let parts = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
      return (parts[0].lowercased(), parts.count > 1 ? parts[1].trimmingCharacters(in: .whitespaces) : "")
    }
    for (name, value) in wanted {
      let isToken = name == "upgrade" || name == "connection"
      guard fields.contains(where: { $0.0 == name && (isToken ? $0.1.lowercased() : $0.1) == value }) else {
        return "the answer to the upgrade lacks \(name): \(value)"
      }
    }
    return nil
  }
}
