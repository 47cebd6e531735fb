import Foundation

/// Lines for the person at the terminal, beside the results.
enum Note {
  private static let isTerminal = isatty(STDERR_FILENO) == 1

  static func write(_ text: String) {
    clear()
    FileHandle.standardError.write(Data((text + "\n").utf8))
  }

  /// Replaces the progress line. Nothing where no terminal is.
  static func progress(_ text: String) {
    guard isTerminal else { return }
    FileHandle.standardError.write(Data("\r\u{1B}[K\(text)".utf8))
  }

  static func clear() {
    guard isTerminal else { return }
    FileHandle.standardError.write(Data("\r\u{1B}[K".utf8))
  }
}
