#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// The name of this machine, which tells one node from another.
enum HostName {
  private static let mostBytes = 256

  /// What the system says; `chat-broker` where it says nothing.
  static var current: String {
    var name = [CChar](repeating: 0, count: mostBytes)
    // The last byte stays 0: a longer name is cut, perhaps without an end.
    guard gethostname(&name, mostBytes - 1) == 0 else { return "chat-broker" }
    let bytes = name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
    return bytes.isEmpty ? "chat-broker" : String(decoding: bytes, as: UTF8.self)
  }
}
