#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// The terminal that the program runs in, if it does.
struct Terminal: Sendable {
  /// Whether people read standard output.
  static var isOutput: Bool { isatty(STDOUT_FILENO) == 1 }
  /// Whether people read standard error.
  static var isStatus: Bool { isatty(STDERR_FILENO) == 1 }
  /// Whether somebody types.
  static var isInput: Bool { isatty(STDIN_FILENO) == 1 }

  /// Those of standard input, output and error that are terminals.
  static var open: [Int32] { [STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO].filter(isOpen) }
  /// Whether it is a terminal that has not gone.
  static func isOpen(_ descriptor: Int32) -> Bool { isatty(descriptor) == 1 }

  /// Columns that are used if the terminal does not say.
  static let defaultColumns = 80

  private let original: termios

  /// Turns raw mode on: each key arrives at once, unechoed, and Ctrl-C is a key.
  ///
  /// Whoever has done this calls ``restore()`` on every way out. `nil` if there is no terminal.
  init?(raw: Void = ()) {
    var settings = termios()
    guard Self.isInput, tcgetattr(STDIN_FILENO, &settings) == 0 else { return nil }
    original = settings
    settings.c_lflag &= ~tcflag_t(ICANON | ECHO | ISIG | IEXTEN)
    settings.c_iflag &= ~tcflag_t(IXON | ICRNL | INLCR)
    guard tcsetattr(STDIN_FILENO, TCSADRAIN, &settings) == 0 else { return nil }
  }

  /// Makes the terminal what it was. May be called more than once.
  func restore() {
    var settings = original
    tcsetattr(STDIN_FILENO, TCSADRAIN, &settings)
  }

  /// The width now; people change it.
  var columns: Int {
    var size = winsize()
    guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else {
      return Self.defaultColumns
    }
    return Int(size.ws_col)
  }
}
