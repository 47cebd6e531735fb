import Foundation

/// Non-blocking TCP sockets.
enum Socket {
  /// The first of the source addresses 127.0.0.x; with one address, 28,000 connections are the most.
  private static let sourceAddresses = 1...200

  #if canImport(Glibc)
    private static let stream = Int32(SOCK_STREAM.rawValue)
    private static let noSignal = Int32(MSG_NOSIGNAL)
  #else
    private static let stream = SOCK_STREAM
    private static let noSignal: Int32 = 0
  #endif

  /// Begins to connect.
  static func open(host: String, port: Int) throws -> Int32 {
    guard let target = address(host, port) else {
      throw GeneratorFailure("\(host) is not an IPv4 address")
    }
    for source in sourceAddresses {
      let descriptor = socket(AF_INET, stream, 0)
      guard descriptor >= 0 else { throw failure("cannot open a socket") }
      _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
      var one: Int32 = 1
      setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &one, socklen_t(MemoryLayout<Int32>.size))
      if source > sourceAddresses.lowerBound, let local = address("127.0.0.\(source)", 0) {
        _ = call(local) { bind(descriptor, $0, $1) }
      }
      if call(target, { connect(descriptor, $0, $1) }) == 0 || errno == EINPROGRESS { return descriptor }
      let code = errno
      close(descriptor)
      guard code == EADDRNOTAVAIL, host.hasPrefix("127.") else {
        throw GeneratorFailure("cannot connect to \(host):\(port): \(text(code)); is the server running?")
      }
    }
    throw GeneratorFailure("no free ports are left; wait a minute")
  }

  /// Why connecting failed; nil: it did not.
  static func error(_ descriptor: Int32) -> String? {
    var code: Int32 = 0
    var size = socklen_t(MemoryLayout<Int32>.size)
    getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &code, &size)
    return code == 0 ? nil : text(code)
  }

  /// Returns how much the socket took; 0 if it takes nothing now.
  static func send(_ descriptor: Int32, _ bytes: UnsafePointer<UInt8>, _ count: Int) throws -> Int {
    let sent = Foundation.send(descriptor, bytes, count, noSignal)
    if sent >= 0 { return sent }
    if errno == EAGAIN || errno == ENOTCONN { return 0 }
    throw failure("cannot send")
  }

  static func failure(_ what: String) -> GeneratorFailure { GeneratorFailure("\(what): \(text(errno))") }

  private static func text(_ code: Int32) -> String { String(cString: strerror(code)) }

  private static func address(_ host: String, _ port: Int) -> sockaddr_in? {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = in_port_t(truncatingIfNeeded: port).bigEndian
    return inet_pton(AF_INET, host, &address.sin_addr) == 1 ? address : nil
  }

  private static func call(
    _ address: sockaddr_in, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
  ) -> Int32 {
    withUnsafePointer(to: address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        body($0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
  }
}
