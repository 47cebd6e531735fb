package import ChatCore
import NIOCore
package import NIOHTTP1

/// A request that was refused: becomes a problem document (RFC 9457).
package struct HTTPFailure: Error, Sendable {
  /// The status of the response.
  package var status: HTTPResponseStatus
  /// What happened and what to do next, in one sentence.
  package var detail: String
  /// The broker's code; `nil` where HTTP alone knows the reason: then the code is the status in words.
  package var code: ErrorCode?
  /// Milliseconds after which a retry makes sense; 0: a retry does not help.
  package var retryAfter: UInt64
  /// Further header fields, such as `Allow`.
  package var headers: [(String, String)]

  /// Makes a refusal.
  package init(
    _ status: HTTPResponseStatus, _ detail: String, code: ErrorCode? = nil, retryAfter: UInt64 = 0,
    headers: [(String, String)] = []
  ) {
    self.status = status
    self.detail = detail
    self.code = code
    self.retryAfter = retryAfter
    self.headers = headers
  }

  /// What the broker refused, in terms of HTTP.
  package init(_ error: ChatError) {
    self.init(Self.status(of: error), error.message, code: error.code, retryAfter: error.retryAfter)
    if status == .unauthorized { headers.append(Self.challenge) }
  }

  /// The request is wrong, and the sentence says where.
  static func badRequest(_ detail: String) -> HTTPFailure {
    HTTPFailure(.badRequest, detail, code: .invalidArgument)
  }

  /// No proof, or a wrong one, that the caller may do this.
  static func unauthorized(_ detail: String) -> HTTPFailure {
    HTTPFailure(.unauthorized, detail, code: .unauthenticated, headers: [challenge])
  }

  /// There is no such thing.
  static func notFound(_ detail: String) -> HTTPFailure { HTTPFailure(.notFound, detail) }

  /// A bound of ``HTTPLimits`` was passed.
  static func tooLarge(_ status: HTTPResponseStatus, _ detail: String) -> HTTPFailure {
    HTTPFailure(status, detail, code: .limitExceeded)
  }

  private static let challenge = ("WWW-Authenticate", "Bearer realm=\"chat-broker\"")

  private static func status(of error: ChatError) -> HTTPResponseStatus {
    switch error.code {
    case .malformedFrame, .invalidArgument: .badRequest
    case .frameTooLarge: .payloadTooLarge
    case .notMember, .permissionDenied: .forbidden
    case .unauthenticated: .unauthorized
    // Waiting makes no request smaller.
    case .limitExceeded where error.retryAfter == 0:
      error.limit?.hasSuffix("_bytes") == true ? .payloadTooLarge : .badRequest
    case .limitExceeded: .tooManyRequests
    case .unavailable, .draining: .serviceUnavailable
    default: .internalServerError
    }
  }
}

extension HTTPFailure {
  /// The problem document.
  var response: HTTPResponse {
    let problem = Problem(
      type: "about:blank", title: status.reasonPhrase, status: Int(status.code), detail: detail,
      code: code?.jsonName ?? status.problemCode, retryAfterMs: Decimal(retryAfter))
    // A document of strings cannot fail to encode; if it does, the status has to do.
    let body = (try? JSON.encode(problem)) ?? ByteBuffer(string: "{\"type\":\"about:blank\"}")
    var response = HTTPResponse(status: status, contentType: "application/problem+json", body: body)
    for (name, value) in headers { response.headers.add(name: name, value: value) }
    if retryAfter > 0 {
      let seconds = retryAfter / 1_000 + (retryAfter % 1_000 == 0 ? 0 : 1)
      response.headers.add(name: "Retry-After", value: String(seconds))
    }
    return response
  }

  private struct Problem: Encodable {
    let type: String
    let title: String
    let status: Int
    let detail: String
    let code: String
    let retryAfterMs: Decimal
  }
}

extension ErrorCode {
  /// The name in `chat.v1.ErrorCode`, as proto3 JSON has it.
  var jsonName: String { "ERROR_CODE_\(description.uppercased())" }
}

extension HTTPResponseStatus {
  /// What a problem document has as its code where the broker has none.
  fileprivate var problemCode: String {
    switch self {
    case .notFound: "NOT_FOUND"
    case .methodNotAllowed: "METHOD_NOT_ALLOWED"
    case .lengthRequired: "LENGTH_REQUIRED"
    case .unsupportedMediaType: "UNSUPPORTED_MEDIA_TYPE"
    case .upgradeRequired: "UPGRADE_REQUIRED"
    default: "STATUS_\(code)"
    }
  }
}
