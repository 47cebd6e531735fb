/// The path and the query of a request line.
struct RequestTarget: Sendable {
  /// What stands between slashes, decoded: so a name that has a slash in it is sent with `%2F`.
  let path: [String]
  /// Decoded. A plus sign is a plus sign, because names may have one and nothing here has blanks.
  let query: [(name: String, value: String)]

  /// - Throws: a refusal if it is not UTF-8 after decoding, or not a path at all.
  init(_ text: String) throws(HTTPFailure) {
    let origin = Self.droppingAuthority(text)
    guard origin.utf8.first == UInt8(ascii: "/"), !origin.utf8.contains(UInt8(ascii: "#")) else {
      throw .badRequest("the request target is not a path: begin it with / and leave out any fragment")
    }
    let parts = origin.dropFirst().split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
    var path: [String] = []
    for segment in parts[0].split(separator: "/", omittingEmptySubsequences: false) {
      path.append(try Self.decoded(segment))
    }
    var query: [(name: String, value: String)] = []
    for pair in parts.dropFirst().first?.split(separator: "&") ?? [] {
      let halves = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      let name = try Self.decoded(halves[0])
      query.append((name, halves.count == 2 ? try Self.decoded(halves[1]) : ""))
    }
    self.path = path
    self.query = query
  }

  /// A proxy sends `http://host:port/path`.
  private static func droppingAuthority(_ text: String) -> Substring {
    for scheme in ["http://", "https://"] where text.lowercased().hasPrefix(scheme) {
      let rest = text.dropFirst(scheme.count)
      return rest.firstIndex(of: "/").map { rest[$0...] } ?? "/"
    }
    return text[...]
  }

  private static func decoded(_ text: Substring) throws(HTTPFailure) -> String {
    guard let decoded = text.utf8.percentDecoded else {
      throw .badRequest("the request target is not percent-encoded UTF-8: encode names byte by byte as %XX")
    }
    return decoded
  }
}
