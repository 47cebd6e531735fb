/// A refusal: the code for programs, the sentence for people, and when a retry makes sense.
///
/// This is the `Error` of the wire protocol, and the error type that ChatCore throws.
public struct ChatError: Error, Hashable, Sendable {
  /// The stable reason.
  public var code: ErrorCode
  /// What happened and what to do next, in one sentence.
  public var message: String
  /// Milliseconds after which a retry makes sense; 0: a retry does not help.
  public var retryAfter: UInt64
  /// The name of the limit that was hit, for counting; not on the wire.
  package var limit: String?

  /// Makes an error.
  public init(_ code: ErrorCode, _ message: String, retryAfter: UInt64 = 0) {
    self.code = code
    self.message = message
    self.retryAfter = retryAfter
  }
}

extension ChatError {
  /// The refusal of what goes beyond a named limit.
  ///
  /// - Parameters:
  ///   - limit: its name, as operators know it.
  ///   - code: why, if the limit is no fault of the client's.
  package static func limit(
    _ limit: String, _ message: String, code: ErrorCode = .limitExceeded, retryAfter: UInt64 = 0
  ) -> ChatError {
    var error = ChatError(code, message, retryAfter: retryAfter)
    error.limit = limit
    return error
  }
}

extension ChatError: CustomStringConvertible {
  /// The code and the sentence.
  public var description: String {
    retryAfter == 0 ? "\(code): \(message)" : "\(code): \(message) (retry after \(retryAfter) ms)"
  }
}
