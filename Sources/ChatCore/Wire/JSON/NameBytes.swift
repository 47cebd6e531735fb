/// The bytes of a name in a descriptor, as it is in Protos/ or as JSON wants it: `requestId` for `request_id`.
struct NameBytes: Sequence, IteratorProtocol {
  private var rest: UnsafePointer<CChar>
  private let isCamelCase: Bool

  init(_ name: UnsafePointer<CChar>, isCamelCase: Bool = false) {
    rest = name
    self.isCamelCase = isCamelCase
  }

  mutating func next() -> UInt8? {
    var byte = UInt8(bitPattern: rest.pointee)
    var isRaised = false
    while isCamelCase, byte == UInt8(ascii: "_") {
      rest += 1
      byte = UInt8(bitPattern: rest.pointee)
      isRaised = true
    }
    guard byte != 0 else { return nil }
    rest += 1
    return isRaised && UInt8(ascii: "a")...UInt8(ascii: "z") ~= byte ? byte & ~0x20 : byte
  }
}
