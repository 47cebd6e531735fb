#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// A new directory for one run: the broker's data and its log.
struct WorkDirectory: Sendable {
  let path: String

  var data: String { path + "/data" }
  var log: String { path + "/broker.log" }

  init() throws(RunError) {
    let parent = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
    var template = Array("\(parent)/crash-check.XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil
    else {
      throw RunError("cannot make a directory in \(parent): set TMPDIR to a directory that can be written")
    }
    path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  /// Deletes the directory and all that is in it.
  func remove() {
    Self.remove(path)
  }

  private static func remove(_ path: String) {
    if unlink(path) == 0 { return }
    if let directory = opendir(path) {
      defer { closedir(directory) }
      while let entry = readdir(directory) {
        let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
          String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        }
        if name != "." && name != ".." { remove("\(path)/\(name)") }
      }
    }
    rmdir(path)
  }
}
