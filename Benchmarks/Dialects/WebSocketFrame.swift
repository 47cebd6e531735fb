/// Frames as a client sends them.
enum WebSocketFrame {
  enum Opcode: UInt8 {
    case text = 1
    case binary = 2
    case close = 8
    case ping = 9
    case pong = 10
  }

  /// Of a control frame.
  static let longestControl = 125
  /// Always the same: it protects proxies from what a page makes a browser send, and here is neither.
  private static let mask: [UInt8] = [0x6B, 0x2E, 0x91, 0xD4]

  /// A whole message, or a control frame.
  static func masked(_ opcode: Opcode, _ content: [UInt8]) -> [UInt8] {
    var frame = [0x80 | opcode.rawValue]
    switch content.count {
    case ...125: frame.append(0x80 | UInt8(content.count))
    case ...0xFFFF: frame += [0x80 | 126] + bigEndian(content.count, bytes: 2)
    default: frame += [0x80 | 127] + bigEndian(content.count, bytes: 8)
    }
    frame += mask
    frame += content.enumerated().map { $1 ^ mask[$0 & 3] }
    return frame
  }

  static func bigEndian(_ value: Int, bytes: Int) -> [UInt8] {
    (0..<bytes).map { UInt8(truncatingIfNeeded: value >> (8 * (bytes - 1 - $0))) }
  }
}
