import ChatCore
import Logging
import NIOCore
import NIOHTTP1

/// What the log says of a request: not its path, query, header fields or body, which may hold secrets.
struct HTTPRequestLine {
  /// Carries the request's id, in requests and responses.
  static let header = "X-Request-Id"
  /// What a client's own id may have, in bytes of letters, digits and `.-_`.
  private static let idBytes = 1...64

  /// The client's own, or one of ours.
  let id: String
  /// The pattern of the path, once it is known.
  var route = ""
  private let method: String
  private let client: SocketAddress?
  private let trace: String
  private let began = NIODeadline.now()

  init(_ head: HTTPRequestHead, from address: SocketAddress?) {
    id = Self.id(head.headers.first(name: Self.header))
    // One that is not known is up to the client.
    method = Self.methods.contains(head.method) ? head.method.rawValue : "other"
    client = address
    trace = head.headers.first(name: "traceparent").flatMap { TraceContext($0)?.traceID } ?? ""
  }

  /// Of something that could not be read as a request.
  init() {
    id = Self.id(nil)
    method = ""
    client = nil
    trace = ""
  }

  func log(_ status: HTTPResponseStatus, to logger: Logger) {
    logger.debug(
      "request",
      metadata: [
        "event.action": "http-request", "event.outcome": status.code < 400 ? "success" : "failure",
        "http.request.id": "\(id)", "http.request.method": "\(method)", "chat.route": "\(route)",
        "http.response.status_code": .stringConvertible(Int(status.code)),
        "trace.id": "\(trace)",
        "event.duration": .stringConvertible((NIODeadline.now() - began).nanoseconds),
      ].adding(client: client))
  }

  private static let methods: [HTTPMethod] = [.GET, .HEAD, .POST, .PUT, .DELETE, .PATCH, .OPTIONS]

  private static func id(_ given: String?) -> String {
    if let given, idBytes.contains(given.utf8.count), given.utf8.allSatisfy(isAllowed) { return given }
    return Hex.text(.random(in: 0 ... .max))
  }

  private static func isAllowed(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"):
      true
    default: false
    }
  }
}
