#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Environment variables; one that is empty counts as not set.
struct Environment: Sendable {
  private let read: @Sendable (String) -> String?

  /// The variables of this process.
  static let process = Environment { name in getenv(name).map { String(cString: $0) } }

  init(_ read: @escaping @Sendable (String) -> String?) {
    self.read = read
  }

  subscript(_ name: String) -> String? {
    read(name).flatMap { $0.isEmpty ? nil : $0 }
  }
}
