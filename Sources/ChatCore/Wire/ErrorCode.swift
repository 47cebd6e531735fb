/// The stable reason why a request was refused or a session ended.
///
/// The raw values are those of `chat.v1.ErrorCode`. A value unknown to this version keeps its number.
public struct ErrorCode: RawRepresentable, Hashable, Sendable {
  /// The number on the wire.
  public let rawValue: Int32

  /// Makes a code of its number.
  public init(rawValue: Int32) {
    self.rawValue = rawValue
  }

  /// The bytes are not a frame of the protocol; the connection closes.
  public static let malformedFrame = ErrorCode(rawValue: 1)
  /// The announced length is above ``Limits/frameBytes``; the connection closes.
  public static let frameTooLarge = ErrorCode(rawValue: 2)
  /// A field of a well-formed frame is not acceptable.
  public static let invalidArgument = ErrorCode(rawValue: 3)
  /// The frame is not allowed in the session's present state.
  public static let outOfOrder = ErrorCode(rawValue: 4)
  /// No `Connect` came in time.
  public static let handshakeTimeout = ErrorCode(rawValue: 5)
  /// Nothing came for ``Limits/idleTimeout``.
  public static let idleTimeout = ErrorCode(rawValue: 6)
  /// The session read nothing for ``Limits/stallTimeout``.
  public static let stalled = ErrorCode(rawValue: 7)
  /// The user does not belong to the conversation.
  public static let notMember = ErrorCode(rawValue: 8)
  /// A named limit was reached.
  public static let limitExceeded = ErrorCode(rawValue: 9)
  /// The store cannot take or give data now; a retry makes sense.
  public static let unavailable = ErrorCode(rawValue: 10)
  /// The node is shutting down.
  public static let draining = ErrorCode(rawValue: 11)
  /// The token is missing, wrong or expired.
  public static let unauthenticated = ErrorCode(rawValue: 12)
  /// The user may not do this.
  public static let permissionDenied = ErrorCode(rawValue: 13)
  /// A fault of the broker itself.
  public static let `internal` = ErrorCode(rawValue: 14)
  /// An administrator ended the session; the client may connect again.
  public static let disconnected = ErrorCode(rawValue: 15)

  /// Those that this version knows.
  package static let known = (1...15).map { ErrorCode(rawValue: $0) }
}

extension ErrorCode: CustomStringConvertible {
  /// The code in the form used in logs and metrics: `frame_too_large`.
  public var description: String {
    switch self {
    case .malformedFrame: "malformed_frame"
    case .frameTooLarge: "frame_too_large"
    case .invalidArgument: "invalid_argument"
    case .outOfOrder: "out_of_order"
    case .handshakeTimeout: "handshake_timeout"
    case .idleTimeout: "idle_timeout"
    case .stalled: "stalled"
    case .notMember: "not_member"
    case .limitExceeded: "limit_exceeded"
    case .unavailable: "unavailable"
    case .draining: "draining"
    case .unauthenticated: "unauthenticated"
    case .permissionDenied: "permission_denied"
    case .internal: "internal"
    case .disconnected: "disconnected"
    default: "code_\(rawValue)"
    }
  }
}
