import Foundation
import Testing

/// A file system of its own, to be full or read-only. Needs the right to mount.
final class Mount: Sendable {
  let path: String
  private let directory: TemporaryDirectory

  static let isPermitted = (try? Mount(megabytes: 1)) != nil

  init(megabytes: Int) throws {
    directory = try TemporaryDirectory()
    path = directory.path + "/disk"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
    try Self.run("mount", "-t", "tmpfs", "-o", "size=\(megabytes)m", "tmpfs", path)
  }

  /// Makes one file read-only, and leaves its directory as it is.
  init(readOnlyFile file: String) throws {
    directory = try TemporaryDirectory()
    path = file
    try Self.run("mount", "--bind", file, file)
    try makeReadOnly()
  }

  deinit { try? Self.run("umount", path) }

  func makeReadOnly() throws {
    try Self.run("mount", "-o", "remount,bind,ro", path)
  }

  private static func run(_ arguments: String...) throws {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = arguments
    process.standardError = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    try #require(process.terminationStatus == 0, "\(arguments) failed")
  }
}
