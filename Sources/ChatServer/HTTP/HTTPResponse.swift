package import NIOCore
package import NIOHTTP1

/// What goes back to the client. Length, date and connection are added when it is sent.
package struct HTTPResponse: Sendable {
  /// The status line's code.
  package var status: HTTPResponseStatus
  /// The header fields.
  package var headers: HTTPHeaders
  /// `nil`: no body.
  package var body: ByteBuffer?

  /// Makes a response with header fields that all have: nothing is guessed, nothing is kept.
  package init(status: HTTPResponseStatus, contentType: String? = nil, body: ByteBuffer? = nil) {
    self.status = status
    self.body = body
    headers = ["Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"]
    if let contentType { headers.add(name: "Content-Type", value: contentType) }
  }

  /// A JSON document.
  static func json(_ value: some Encodable, status: HTTPResponseStatus = .ok) throws -> HTTPResponse {
    HTTPResponse(status: status, contentType: "application/json", body: try JSON.encode(value))
  }

  /// Done, and there is nothing to say.
  static let noContent = HTTPResponse(status: .noContent)
}
