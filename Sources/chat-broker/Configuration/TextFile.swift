#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Why a file could not be read.
struct FileFailure: Error, Hashable, Sendable {
  /// The system's reason, or ours.
  let reason: String
}

/// Small files that are read whole.
enum TextFile {
  /// - Parameter most: a longer one is refused.
  static func read(_ path: String, most: Int) throws(FileFailure) -> [UInt8] {
    let bytes = try beginning(of: path, bytes: most + 1)
    guard bytes.count <= most else { throw FileFailure(reason: "it has more than \(most) bytes") }
    return bytes
  }

  /// The first bytes of a file, or all if it has no more.
  static func beginning(of path: String, bytes most: Int) throws(FileFailure) -> [UInt8] {
    // A pipe that nobody writes to would be waited for.
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw .system() }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw .system() }
    guard status.st_mode & S_IFMT == S_IFREG else { throw FileFailure(reason: "it is not a regular file") }
    var bytes: [UInt8] = []
    while bytes.count < most {
      let room = min(64 * 1024, most - bytes.count)
      var chunk = [UInt8](repeating: 0, count: room)
      let count = chunk.withUnsafeMutableBytes { systemRead(descriptor, $0.baseAddress, $0.count) }
      if count == 0 { return bytes }
      if count > 0 { bytes += chunk[..<count] } else if errno != EINTR { throw .system() }
    }
    return bytes
  }

  /// The names in a directory, sorted, without `.` and `..`.
  static func names(in directory: String, most: Int) throws(FileFailure) -> [String] {
    guard let stream = opendir(directory) else { throw .system() }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        pointer.withMemoryRebound(to: CChar.self, capacity: MemoryLayout.size(ofValue: pointer.pointee)) {
          String(cString: $0)
        }
      }
      if name == "." || name == ".." { continue }
      guard names.count < most else { throw FileFailure(reason: "it has more than \(most) files") }
      names.append(name)
    }
    return names.sorted()
  }

  static func isDirectory(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }
}

extension FileFailure {
  fileprivate static func system() -> FileFailure { FileFailure(reason: String(cString: strerror(errno))) }
}

private func systemRead(_ descriptor: CInt, _ bytes: UnsafeMutableRawPointer?, _ count: Int) -> Int {
  read(descriptor, bytes, count)
}
