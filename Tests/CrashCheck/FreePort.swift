#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// Finds a port of the loopback address that nobody listens on.
enum FreePort {
  // Below the ports that systems hand out to connecting sockets. A client that tries to connect to a free port
  // of that range may be given the very same port as its own, connect to itself, and keep the broker from it.
  private static let candidates: ClosedRange<UInt16> = 20_000...29_999
  private static let attempts = 100

  static func find() throws(RunError) -> UInt16 {
    for _ in 0..<attempts {
      let port = UInt16.random(in: candidates)
      if isFree(port) { return port }
    }
    throw RunError("no free port in \(candidates) after \(attempts) attempts: name one with --port")
  }

  private static func isFree(_ port: UInt16) -> Bool {
    #if canImport(Glibc)
      let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    #else
      let descriptor = socket(AF_INET, SOCK_STREAM, 0)
    #endif
    guard descriptor >= 0 else { return false }
    defer { close(descriptor) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    let bound = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    return bound == 0
  }
}
