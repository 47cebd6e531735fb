import Foundation

/// TCP on this machine.
enum Loopback {
  /// A port that nobody uses.
  static func freePort() throws -> Int {
    let descriptor = open()
    defer { close(descriptor) }
    var address = address(port: 0)
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let bound = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(descriptor, $0, length) == 0 && getsockname(descriptor, $0, &length) == 0
      }
    }
    guard bound else { throw BenchmarkError("no free port: \(String(cString: strerror(errno)))") }
    return Int(UInt16(bigEndian: address.sin_port))
  }

  /// A connected socket.
  static func connect(port: Int) throws -> Int32 {
    let descriptor = open()
    var address = address(port: UInt16(port))
    let connected = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        Foundation.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
      }
    }
    guard connected else {
      let reason = String(cString: strerror(errno))
      close(descriptor)
      throw BenchmarkError("cannot connect to port \(port): \(reason)")
    }
    return descriptor
  }

  /// Whether somebody listens there.
  static func listens(_ port: Int) -> Bool {
    guard let descriptor = try? connect(port: port) else { return false }
    close(descriptor)
    return true
  }

  private static func open() -> Int32 {
    #if os(Linux)
      socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    #else
      socket(AF_INET, SOCK_STREAM, 0)
    #endif
  }

  private static func address(port: UInt16) -> sockaddr_in {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(INADDR_LOOPBACK).bigEndian
    return address
  }
}
