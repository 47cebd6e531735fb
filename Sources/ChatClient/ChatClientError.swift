public import ChatCore

/// Why a ``ChatClient`` could not do what was asked. Equal by code.
public struct ChatClientError: Error, Sendable {
  /// What kind of failure; more may be added.
  public struct Code: Hashable, Sendable, CustomStringConvertible {
    private let name: String

    /// Nobody listens at the address.
    public static let connectionRefused = Code(name: "connection_refused")
    /// The address cannot be reached, or its name cannot be resolved.
    public static let unreachable = Code(name: "unreachable")
    /// The connection could not be encrypted, or the broker's certificate is not to be trusted.
    public static let tlsFailed = Code(name: "tls_failed")
    /// No answer came in time.
    public static let timedOut = Code(name: "timed_out")
    /// The connection was lost; the client connects again by itself.
    public static let connectionLost = Code(name: "connection_lost")
    /// ``ChatClient/close()`` was called.
    public static let closed = Code(name: "closed")
    /// ``ChatClient/connect()`` has not succeeded yet.
    public static let notConnected = Code(name: "not_connected")
    /// ``ChatClient/connect()`` was called again.
    public static let alreadyConnected = Code(name: "already_connected")
    /// The broker said no; ``ChatClientError/refusal`` says why.
    public static let refused = Code(name: "refused")
    /// A limit of the client or one that the broker announced was reached.
    public static let limitExceeded = Code(name: "limit_exceeded")
    /// The broker sent what this version does not understand.
    public static let protocolViolation = Code(name: "protocol_violation")
    /// ``ChatClient/Configuration/tokenProvider`` has failed.
    public static let tokenUnavailable = Code(name: "token_unavailable")
    /// The task that waited was cancelled.
    public static let cancelled = Code(name: "cancelled")

    /// As in logs: `timed_out`.
    public var description: String { name }
  }

  /// For programs.
  public var code: Code
  /// For people: what happened and what to do next.
  public var message: String
  /// What the broker said, if ``code`` is ``Code/refused``.
  public var refusal: ChatError?

  init(_ code: Code, _ message: String, refusal: ChatError? = nil) {
    self.code = code
    self.message = message
    self.refusal = refusal
  }

  static func refused(_ refusal: ChatError) -> ChatClientError {
    ChatClientError(.refused, "the broker refused: \(refusal)", refusal: refusal)
  }

  static let closed = ChatClientError(.closed, "the client was closed: make a new one to connect again")

  static let notConnected = ChatClientError(
    .notConnected, "the client has no session yet: call connect() first and wait for it")

  static let connectionLost = ChatClientError(
    .connectionLost, "the broker closed the connection: the client connects again by itself")

  /// Connecting again will end the same way.
  var isFinal: Bool {
    switch refusal?.code {
    case .unauthenticated?, .permissionDenied?, .invalidArgument?: true
    default: false
    }
  }
}

extension ChatClientError: Hashable {
  /// Equal codes.
  public static func == (left: ChatClientError, right: ChatClientError) -> Bool { left.code == right.code }

  /// By the code.
  public func hash(into hasher: inout Hasher) { hasher.combine(code) }
}

extension ChatClientError: CustomStringConvertible {
  /// Code and message.
  public var description: String { "\(code): \(message)" }
}
