#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// What tells whether a file or a directory of files has changed, without reading it.
struct FileStamp: Hashable, Sendable {
  private struct File: Hashable {
    /// Links followed: Kubernetes changes files by making a link point elsewhere.
    let path: String?
    let device: UInt64
    let node: UInt64
    let size: Int64
    let seconds: Int
    let nanoseconds: Int
  }

  private var files: [File] = []

  /// - Parameter paths: files, and directories whose files count.
  init(_ paths: [String]) {
    for path in paths {
      add(path)
      guard TextFile.isDirectory(path) else { continue }
      let directory = DirectoryReader.current(path)
      // One that cannot be listed is found when it is read.
      let names = (try? TextFile.names(in: directory, most: DirectoryReader.mostFiles)) ?? []
      for name in names where !name.hasPrefix(".") { add(directory + "/" + name) }
    }
  }

  /// That of the files of both.
  static func + (one: FileStamp, other: FileStamp) -> FileStamp {
    var sum = one
    sum.files += other.files
    return sum
  }

  private mutating func add(_ path: String) {
    var status = stat()
    guard stat(path, &status) == 0 else {
      return files.append(File(path: nil, device: 0, node: 0, size: -1, seconds: 0, nanoseconds: 0))
    }
    #if canImport(Darwin)
      let time = status.st_mtimespec
    #else
      let time = status.st_mtim
    #endif
    files.append(
      File(
        path: RealPath.of(path), device: UInt64(truncatingIfNeeded: status.st_dev),
        node: UInt64(truncatingIfNeeded: status.st_ino), size: Int64(status.st_size), seconds: time.tv_sec,
        nanoseconds: time.tv_nsec))
  }
}
