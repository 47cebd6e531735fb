/// The secret that opens the admin API. Printing it shows nothing of it.
package struct AdminKey: Sendable, CustomStringConvertible {
  /// A shorter key could be guessed.
  package static let minimumBytes = 16

  private let bytes: [UInt8]

  /// - Returns: `nil` if the key is too short, or has characters that a header field cannot carry.
  package init?(_ text: String) {
    let bytes = [UInt8](text.utf8)
    guard bytes.count >= Self.minimumBytes, bytes.allSatisfy({ (0x21...0x7e).contains($0) }) else {
      return nil
    }
    self.bytes = bytes
  }

  /// Takes the same time whether the first byte differs or the last one, so that time tells nothing.
  func matches(_ text: Substring) -> Bool {
    var difference: UInt8 = text.utf8.count == bytes.count ? 0 : 1
    for (index, byte) in text.utf8.enumerated() { difference |= byte ^ bytes[index % bytes.count] }
    return difference == 0
  }

  package var description: String { "AdminKey" }
}
