/// Files that are read whole: secrets, keys, tokens.
enum SmallFile {
  /// The most bytes of one.
  static let mostBytes = 256 * 1024

  /// What is in it. What it holds is in no error: it may be a secret.
  ///
  /// - Parameter purpose: what it is for, as people say it: "the file with keys".
  static func read(_ path: String, purpose: String) throws(CommandFailure) -> [UInt8] {
    do throws(FileFailure) {
      return try TextFile.read(path, most: mostBytes)
    } catch {
      throw CommandFailure(
        .configuration, "\(purpose) \(TerminalText.escape(path)) cannot be read: \(error.reason)")
    }
  }

  /// What is in it, without the end of the last line.
  static func readSecret(_ path: String, purpose: String) throws(CommandFailure) -> [UInt8] {
    var bytes = try read(path, purpose: purpose)
    while bytes.last == UInt8(ascii: "\n") || bytes.last == UInt8(ascii: "\r") { bytes.removeLast() }
    return bytes
  }
}
