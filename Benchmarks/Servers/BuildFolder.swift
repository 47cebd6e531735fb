import Foundation

/// Where our own executable lies, and the checkout that it was built from.
enum BuildFolder {
  static var executable: String {
    (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? CommandLine.arguments[0]
  }

  /// The `Benchmarks` folder of the checkout that this program was built from.
  static var sources: String {
    (((#filePath as NSString).deletingLastPathComponent) as NSString).deletingLastPathComponent
  }

  static var package: String { (sources as NSString).deletingLastPathComponent }

  /// Lets make bring a file of the checkout up to date.
  ///
  /// - Returns: its path.
  static func make(_ target: String, at file: String) throws -> String {
    let path = package + "/" + file
    let make = try ChildProcess(
      ["make", "--silent", "--directory", package, target], output: .null, error: .inherited)
    guard make.wait() == 0, FileManager.default.fileExists(atPath: path) else {
      throw BenchmarkError("there is no \(path): run make \(target) in \(package), and see what it says")
    }
    return path
  }

  /// Path of a program: in the PATH, or where Debian keeps servers.
  static func find(_ program: String) -> String? {
    let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
    return (path.split(separator: ":").map(String.init) + ["/usr/sbin", "/sbin"])
      .map { $0 + "/" + program }
      .first { FileManager.default.isExecutableFile(atPath: $0) }
  }
}
