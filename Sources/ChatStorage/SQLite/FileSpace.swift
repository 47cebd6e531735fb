#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// What is left on a file's disk.
enum FileSpace {
  /// Bytes that this process may still write where the file is.
  static func freeBytes(at path: String) throws(SQLiteFailure) -> UInt64 {
    var status = statvfs()
    guard statvfs(path, &status) == 0 else {
      throw SQLiteFailure(kind: .io, text: "asking for the room of its disk", systemError: errno)
    }
    let (bytes, overflows) = UInt64(status.f_bavail).multipliedReportingOverflow(by: UInt64(status.f_frsize))
    return overflows ? .max : bytes
  }
}
