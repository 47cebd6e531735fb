/// Names each line of an imported file, the same each time, so that the broker knows what it has already.
struct ImportID: Sendable {
  private let prefix: String

  /// - Parameter name: names the input: the same for the same log, whatever it is called.
  init(_ name: String) {
    prefix = "import:" + StableHash(name.utf8).digits + ":"
  }

  /// The client message id of a line, at most 64 bytes.
  ///
  /// The line's text is part of it: another file of the same name, or a line that was changed, is not
  /// taken for what is there already.
  func clientMessageID(line number: UInt64, text: some Sequence<UInt8>) -> String {
    prefix + "\(number):" + StableHash(text).digits
  }
}
