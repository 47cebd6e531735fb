/// An integer as it is written in JSON: 1000, 1e3 and 1000.0 are the same.
struct JSONInteger {
  /// The longest number that is understood.
  static let longest = 64
  /// Exponents beyond this are all the same, as no number that long is understood.
  private static let largestExponent = 1000

  private let isNegative: Bool
  private let magnitude: UInt64

  /// Reads a number; nil if the text is none, or has a fraction or more than 64 bits.
  init?(_ text: UnsafeRawBufferPointer) {
    guard text.count <= Self.longest, Self.endOfNumber(in: text, from: 0) == text.count else { return nil }
    isNegative = text.first == UInt8(ascii: "-")
    var digits = 0
    // Digits in front of the point, and the exponent.
    var (whole, exponent): (Int?, Int) = (nil, 0)
    var index = isNegative ? 1 : 0
    scan: while index < text.count {
      switch text[index] {
      case UInt8(ascii: "."): whole = digits
      case UInt8(ascii: "e"), UInt8(ascii: "E"):
        exponent = Self.exponent(text, from: index + 1)
        break scan
      default: digits += 1
      }
      index += 1
    }

    // Where the point is once the exponent has moved it.
    let point = (whole ?? digits) + exponent
    var (value, place) = (UInt64(0), 0)
    for byte in text[..<index] where byte >= UInt8(ascii: "0") {
      let digit = UInt64(byte - UInt8(ascii: "0"))
      if place < point {
        guard let longer = Self.append(digit, to: value) else { return nil }
        value = longer
      } else if digit != 0 {
        return nil
      }
      place += 1
    }
    // Zeros between the last digit and the point. Nothing but zero survives more than a few.
    while place < point, value != 0 {
      guard let longer = Self.append(0, to: value) else { return nil }
      value = longer
      place += 1
    }
    magnitude = value
  }

  /// The integer as another type; nil if it does not fit.
  func exactly<Value: FixedWidthInteger>(_ type: Value.Type) -> Value? {
    if !isNegative { return Value(exactly: magnitude) }
    if let positive = Int64(exactly: magnitude) { return Value(exactly: -positive) }
    return magnitude == Int64.min.magnitude ? Value(exactly: Int64.min) : nil
  }

  private static func append(_ digit: UInt64, to value: UInt64) -> UInt64? {
    let (product, overflow) = value.multipliedReportingOverflow(by: 10)
    let (sum, carry) = product.addingReportingOverflow(digit)
    return overflow || carry ? nil : sum
  }

  private static func exponent(_ text: UnsafeRawBufferPointer, from start: Int) -> Int {
    var value = 0
    for byte in text[start...] where byte >= UInt8(ascii: "0") {
      value = min(value * 10 + Int(byte - UInt8(ascii: "0")), largestExponent)
    }
    return text[start] == UInt8(ascii: "-") ? -value : value
  }
}

extension JSONInteger {
  /// Where the number ends that begins at `start`, by JSON's grammar; nil if there is none.
  static func endOfNumber(in bytes: UnsafeRawBufferPointer, from start: Int) -> Int? {
    var index = start
    if index < bytes.count, bytes[index] == UInt8(ascii: "-") { index += 1 }
    let whole = endOfDigits(in: bytes, from: index)
    // Further digits do not follow a zero.
    guard whole > index, whole == index + 1 || bytes[index] != UInt8(ascii: "0") else { return nil }
    index = whole
    if index < bytes.count, bytes[index] == UInt8(ascii: ".") {
      let end = endOfDigits(in: bytes, from: index + 1)
      guard end > index + 1 else { return nil }
      index = end
    }
    if index < bytes.count, bytes[index] | 0x20 == UInt8(ascii: "e") {
      index += 1
      if index < bytes.count, bytes[index] == UInt8(ascii: "+") || bytes[index] == UInt8(ascii: "-") {
        index += 1
      }
      let end = endOfDigits(in: bytes, from: index)
      guard end > index else { return nil }
      index = end
    }
    return index
  }

  private static func endOfDigits(in bytes: UnsafeRawBufferPointer, from start: Int) -> Int {
    var index = start
    while index < bytes.count, UInt8(ascii: "0")...UInt8(ascii: "9") ~= bytes[index] { index += 1 }
    return index
  }
}
