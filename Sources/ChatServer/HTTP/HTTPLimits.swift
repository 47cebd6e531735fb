/// The bounds of an HTTP connection. Sizes in bytes, times in milliseconds.
package struct HTTPLimits: Sendable, Hashable {
  /// Connections of one listener at a time, without WebSockets; the first request of further ones gets 503, and they
  /// are closed. The listener for operators has a count of its own, so that they are not shut out.
  package var connections = 4_096
  /// How long a connection may be without an answer before it is closed: a request has to be complete within it.
  package var idleTime: Int64 = 60_000
  /// The longest request target: 414 above.
  package var targetBytes = 8 * 1024
  /// Names and values of a request's header fields together: 431 above.
  package var headerBytes = 16 * 1024
  /// The most header fields of a request: 431 above.
  package var headerFields = 100
  /// What the parser holds of a request line and its header fields before it gives up: 431.
  package var parserBytes = 64 * 1024
  /// The longest body of a request: 413 above.
  package var bodyBytes = 8 * 1024 * 1024
  /// How much of a refused request's body is read and thrown away to keep the connection; with more to come
  /// it is closed.
  package var discardedBytes = 64 * 1024
  /// How long a connection beyond a limit may be there: until then its request is to be told so.
  package var refusalTime: Int64 = 5_000
  /// How long a connection that we end stays open for its peer to read the last response.
  package var lingerTime: Int64 = 1_000

  /// The defaults.
  package init() {}
}
