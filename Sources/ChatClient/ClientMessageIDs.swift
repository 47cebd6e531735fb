/// Makes client message ids: ULIDs, which grow with time, because such ids are cheapest to store.
///
/// 48 bits of milliseconds and 80 random bits, counted up within a millisecond; 26 characters.
struct ClientMessageIDs {
  private static let alphabet = Array("0123456789ABCDEFGHJKMNPQRSTVWXYZ".utf8)

  private var time: UInt64 = 0
  private var high: UInt16 = 0
  private var low: UInt64 = 0
  private var random: SystemRandomNumberGenerator

  init() { random = SystemRandomNumberGenerator() }

  /// - Parameter unixTime: milliseconds since 1970. Where the clock goes back, ids go on growing all the same.
  mutating func next(unixTime: UInt64) -> String {
    if unixTime > time {
      time = unixTime
      // The top bit is left clear, so that counting up has room.
      high = UInt16.random(in: 0...0x7fff, using: &random)
      low = random.next()
    } else {
      low &+= 1
      if low == 0 { high &+= 1 }
    }
    let first = (time & 0xffff_ffff_ffff) << 16 | UInt64(high)
    return String(unsafeUninitializedCapacity: 26) { memory in
      for index in 0..<26 {
        // Character 25 has the lowest 5 of 128 bits.
        let shift = UInt64(25 - index) * 5
        let bits: UInt64 =
          if shift >= 64 {
            first >> (shift - 64)
          } else if shift == 0 {
            low
          } else {
            low >> shift | first << (64 - shift)
          }
        memory[index] = Self.alphabet[Int(bits & 31)]
      }
      return 26
    }
  }
}
