import Foundation

/// A folder that lives as long as this value. It lies on a disk, because durable runs must reach one.
final class TemporaryFolder: Sendable {
  let path: String

  init() throws {
    // /var/tmp is on a disk where /tmp is memory.
    var template = Array("/var/tmp/chat-benchmark-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else {
      throw BenchmarkError("cannot make a folder in /var/tmp: \(String(cString: strerror(errno)))")
    }
    path = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    ChildRegistry.add(folder: path)
  }

  deinit { ChildRegistry.remove(folder: path) }

  func file(_ name: String) -> String { path + "/" + name }
}
