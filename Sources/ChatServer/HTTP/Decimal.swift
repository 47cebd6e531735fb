/// A 64-bit integer as a string of digits, as proto3 JSON has it: JavaScript's numbers are too small.
struct Decimal: Encodable, Sendable {
  private let digits: String

  init(_ value: some FixedWidthInteger) {
    digits = String(value)
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(digits)
  }
}
