import NIOCore
import NIOHTTP1

/// One file of a web page, in memory.
struct WebPage: Sendable {
  /// Whatever a page of ours loads and connects to is at its own origin, and nothing shows it in a frame.
  private static let contentSecurityPolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

  /// Its path in `web/`.
  let file: String
  let contentType: String
  let body: ByteBuffer
  let etag: String

  init(file: String, contentType: String, bytes: UnsafeRawBufferPointer) {
    self.file = file
    self.contentType = contentType
    body = ByteBuffer(bytes: bytes)
    etag = "\"\(String(Self.fingerprint(bytes), radix: 16))\""
  }

  func response(to request: HTTPRequest) -> HTTPResponse {
    let isKnown = request.headers[canonicalForm: "If-None-Match"].contains { tag in
      tag == "*" || tag == etag[...] || tag == "W/\(etag)"
    }
    var response = HTTPResponse(
      status: isKnown ? .notModified : .ok, contentType: isKnown ? nil : contentType,
      body: isKnown ? nil : body)
    response.headers.replaceOrAdd(name: "Cache-Control", value: "no-cache")
    response.headers.add(name: "ETag", value: etag)
    response.headers.add(name: "Referrer-Policy", value: "no-referrer")
    response.headers.add(name: "Content-Security-Policy", value: Self.contentSecurityPolicy)
    return response
  }

  /// FNV-1a: tells one version of a file from another, no more.
  private static func fingerprint(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
    bytes.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
  }
}
