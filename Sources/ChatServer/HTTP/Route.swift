import NIOHTTP1

/// One method of one path, and what answers it.
struct Route: Sendable {
  /// Who may use it.
  enum Access: Hashable, Sendable {
    case open
    /// Whoever has the admin key.
    case key
  }

  /// What a request brings.
  enum Body: Hashable, Sendable {
    case none
    case json
  }

  typealias Answer = @Sendable (HTTPRequest) async throws -> HTTPResponse

  let method: HTTPMethod
  let pattern: RoutePattern
  let access: Access
  let body: Body
  /// The names that the query may have.
  let query: [String]
  let answer: Answer

  init(
    _ method: HTTPMethod, _ pattern: String, access: Access = .key, body: Body = .none, query: [String] = [],
    answer: @escaping Answer
  ) {
    self.method = method
    self.pattern = RoutePattern(pattern)
    self.access = access
    self.body = body
    self.query = query
    self.answer = answer
  }
}
