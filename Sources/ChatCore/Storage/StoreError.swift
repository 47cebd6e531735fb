/// Why a store could not do what was asked.
public struct StoreError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The kind of failure. Equal by value; more may be added.
  public struct Code: RawRepresentable, Hashable, Sendable {
    /// The name used in logs.
    public let rawValue: String

    /// Makes a code of a name.
    public init(rawValue: String) { self.rawValue = rawValue }

    /// The disk is full.
    public static let full = Code(rawValue: "full")
    /// Reading or writing failed.
    public static let io = Code(rawValue: "io")
    /// Another process holds the store.
    public static let locked = Code(rawValue: "locked")
    /// The files may not be written.
    public static let readOnly = Code(rawValue: "read_only")
    /// The files are damaged or not a store.
    public static let corrupt = Code(rawValue: "corrupt")
    /// The files were written by a newer version.
    public static let version = Code(rawValue: "version")
    /// Too much waits for the store; a later attempt may succeed.
    public static let busy = Code(rawValue: "busy")
    /// The store is closed.
    public static let closed = Code(rawValue: "closed")
  }

  /// The kind of failure.
  public let code: Code
  /// What happened and what to do next.
  public let message: String

  /// Makes an error.
  public init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  /// The code and the sentence.
  public var description: String { "store \(code.rawValue): \(message)" }
}
