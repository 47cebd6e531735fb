/// Why a server did not start, or does not go on.
public struct ServerError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The kind of failure. Equal by value; more may be added.
  public struct Code: RawRepresentable, Hashable, Sendable {
    /// The name used in logs.
    public let rawValue: String

    /// Makes a code of a name.
    public init(rawValue: String) { self.rawValue = rawValue }

    /// A value of the configuration is outside its range.
    public static let configuration = Code(rawValue: "configuration")
    /// The address cannot be listened on.
    public static let bind = Code(rawValue: "bind")
    /// The server was started before, or has stopped.
    public static let state = Code(rawValue: "state")
    /// An event loop does not answer any longer.
    public static let wedged = Code(rawValue: "wedged")
    /// The process takes more memory than ``HealthConfiguration/memoryBytes``.
    public static let memory = Code(rawValue: "memory")
  }

  /// The kind of failure.
  public let code: Code
  /// What happened and what to do next.
  public let message: String
  /// Of ``Code/bind``: which one cannot listen, `tcp`, `http` or `admin`.
  public let listener: String?

  /// Of ``Code/configuration``: which setting is wrong, `tls.certificate_file` for example; nil: not one alone.
  public let setting: String?

  /// Makes an error.
  public init(_ code: Code, _ message: String, listener: String? = nil, setting: String? = nil) {
    self.code = code
    self.message = message
    self.listener = listener
    self.setting = setting
  }

  /// The code and the sentence.
  public var description: String { "server \(code.rawValue): \(message)" }
}
