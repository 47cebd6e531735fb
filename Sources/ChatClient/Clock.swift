import NIOCore

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// The time, in milliseconds.
enum Clock {
  /// Never goes back.
  static var uptime: UInt64 { NIODeadline.now().uptimeNanoseconds / 1_000_000 }

  /// Since 1970.
  static var unixTime: UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return UInt64(clamping: time.tv_sec) &* 1000 &+ UInt64(clamping: time.tv_nsec) / 1_000_000
  }
}

/// The system's number for a connection that nobody takes.
var refusedCode: CInt { ECONNREFUSED }
