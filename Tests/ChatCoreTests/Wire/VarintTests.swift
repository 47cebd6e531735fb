import Testing

@testable import ChatCore

struct VarintTests {
  private func read(_ bytes: [UInt8]) -> Varint.Reading { bytes.withUnsafeBytes { Varint.read($0) } }

  @Test func `reads what it writes, at every size`() {
    for bits in 0...64 {
      for value in [bits == 64 ? UInt64.max : (1 << UInt64(bits)) - 1, bits == 64 ? 0 : 1 << UInt64(bits)] {
        var bytes = [UInt8](repeating: 0, count: Varint.size(value))
        bytes.withUnsafeMutableBytes { Varint.write(value, to: $0) }
        #expect(bytes == Raw.varint(value))
        #expect(read(bytes + [0xff]) == .value(value, size: bytes.count))
        #expect(read(bytes.dropLast()) == .incomplete)
      }
    }
  }

  @Test func `refuses more than ten bytes and more than 64 bits`() {
    let nine = [UInt8](repeating: 0xff, count: 9)
    #expect(read(nine + [0x01]) == .value(.max, size: 10))
    #expect(read(nine + [0x02]) == .malformed)
    #expect(read(nine + [0x81]) == .malformed)
    #expect(read(nine + [0x80, 0x00]) == .malformed)
    #expect(read(nine) == .incomplete)
  }

  @Test func `accepts a number that is written longer than needed`() {
    #expect(read([0x85, 0x80, 0x00]) == .value(5, size: 3))
  }
}

extension [UInt8] {
  fileprivate func dropLast() -> [UInt8] { [UInt8](self[..<(count - 1)]) }
}
