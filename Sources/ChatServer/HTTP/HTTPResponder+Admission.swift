import NIOHTTP1

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation  // Of Apple's systems, which have no smaller one.
#endif

extension HTTPResponder {
  /// Decides by the head alone whether a request is taken, before anything of its body is kept.
  func admit(_ head: HTTPRequestHead) throws(HTTPFailure) -> Call {
    try checkSizes(head)
    try checkHost(head)
    let target = try RequestTarget(head.uri)
    let (route, parameters) = try table.route(head.method, target.path)
    if route.access == .key { try checkKey(head) }
    try checkBody(head, of: route)
    return Call(
      route: route,
      request: HTTPRequest(
        headers: head.headers, parameters: parameters, query: try known(target.query, for: route)))
  }

  /// Decides whether a request may become something else than HTTP (RFC 6455, section 4.2.1).
  func admitUpgrade(_ head: HTTPRequestHead) throws(HTTPFailure) {
    try checkSizes(head)
    guard head.method == .GET else {
      throw HTTPFailure(.methodNotAllowed, "a WebSocket begins with GET", headers: [("Allow", "GET")])
    }
    guard head.version != .http1_0 else {
      throw .badRequest("a WebSocket begins with HTTP/1.1: the request has an older version")
    }
    try checkHost(head)
    let wants = head.headers[canonicalForm: "Connection"].contains { $0.lowercased() == "upgrade" }
    guard wants else { throw .badRequest("a WebSocket begins with Connection: Upgrade") }
    let keys = head.headers["Sec-WebSocket-Key"]
    guard keys.count == 1, let key = Data(base64Encoded: keys[0]), key.count == 16 else {
      throw .badRequest("a WebSocket begins with one Sec-WebSocket-Key: 16 random bytes in base64")
    }
  }

  private func checkSizes(_ head: HTTPRequestHead) throws(HTTPFailure) {
    guard head.uri.utf8.count <= limits.targetBytes else {
      throw .tooLarge(
        .uriTooLong, "the request target has more than \(limits.targetBytes) bytes: shorten its names")
    }
    var bytes = 0
    var fields = 0
    for (name, value) in head.headers {
      bytes += name.utf8.count + value.utf8.count
      fields += 1
    }
    guard bytes <= limits.headerBytes, fields <= limits.headerFields else {
      throw .headersTooLarge(limits)
    }
  }

  private func checkHost(_ head: HTTPRequestHead) throws(HTTPFailure) {
    guard head.version != .http1_0 else { return }
    guard head.headers["Host"].count == 1 else {
      throw .badRequest("a request has one Host header field: send it once")
    }
  }

  private func checkKey(_ head: HTTPRequestHead) throws(HTTPFailure) {
    let fields = head.headers["Authorization"]
    guard let field = fields.first, fields.count == 1 else {
      throw .unauthorized("send the admin key once, as Authorization: Bearer KEY")
    }
    let parts = field.split(separator: " ", maxSplits: 1)
    guard parts.count == 2, parts[0].lowercased() == "bearer" else {
      throw .unauthorized("send the admin key as Authorization: Bearer KEY")
    }
    guard let key, key.matches(parts[1]) else {
      throw .unauthorized("this is not the admin key: the broker says at its start where its key is")
    }
  }

  private func checkBody(_ head: HTTPRequestHead, of route: Route) throws(HTTPFailure) {
    let length = head.headers.first(name: "Content-Length")
    let isChunked = head.headers.contains(name: "Transfer-Encoding")
    switch route.body {
    case .none:
      guard !isChunked, length == nil || length == "0" else {
        throw .badRequest("this request takes no body: send it without one")
      }
    case .json:
      guard isChunked || length != nil else {
        throw HTTPFailure(.lengthRequired, "send Content-Length, or the body in chunks")
      }
      if let length, Int(length).map({ $0 > limits.bodyBytes }) ?? true { throw .bodyTooLarge(limits) }
      guard head.headers.hasJSONContent else {
        throw HTTPFailure(
          .unsupportedMediaType, "the body must be JSON: send it in UTF-8 with Content-Type: application/json"
        )
      }
    }
  }

  private func known(_ query: [(name: String, value: String)], for route: Route) throws(HTTPFailure)
    -> [String: String]
  {
    var known: [String: String] = [:]
    for (name, value) in query {
      guard route.query.contains(name) else {
        let names = route.query.isEmpty ? "none" : route.query.joined(separator: ", ")
        throw .badRequest("there is no such query parameter here: this path has \(names)")
      }
      guard known.updateValue(value, forKey: name) == nil else {
        throw .badRequest("the query parameter \(name) is there twice: send it once")
      }
    }
    return known
  }
}

extension HTTPFailure {
  static func bodyTooLarge(_ limits: HTTPLimits) -> HTTPFailure {
    .tooLarge(.payloadTooLarge, "the body has more than \(limits.bodyBytes) bytes: send it in parts")
  }

  static func headersTooLarge(_ limits: HTTPLimits) -> HTTPFailure {
    .tooLarge(
      .requestHeaderFieldsTooLarge,
      "the header fields have more than \(limits.headerBytes) bytes, or are more than \(limits.headerFields)"
        + ": leave some out")
  }
}

extension HTTPHeaders {
  fileprivate var hasJSONContent: Bool {
    let fields = self["Content-Type"]
    guard let field = fields.first, fields.count == 1 else { return false }
    let parts = field.lowercased().split(separator: ";").map { $0.filter { !$0.isWhitespace && $0 != "\"" } }
    return parts.first == "application/json"
      && parts.dropFirst().allSatisfy { !$0.hasPrefix("charset=") || $0 == "charset=utf-8" }
  }
}
