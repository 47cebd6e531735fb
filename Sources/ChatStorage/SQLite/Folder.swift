#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// The directory that a file is in.
enum Folder {
  /// Makes the names in it durable, where the file system does that and the directory may be read.
  ///
  /// - Returns: False if that failed, with the reason in `errno`.
  static func sync(of path: String) -> Bool {
    let directory = open(parent(of: path), O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard directory >= 0 else { return errno == EACCES }
    defer { _ = close(directory) }
    return fsync(directory) == 0 || errno != EIO
  }

  private static func parent(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }
}
