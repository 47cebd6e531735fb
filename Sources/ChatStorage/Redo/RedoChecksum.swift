/// Tells a record from one of which only a part reached the disk. It is no protection against who can write to the disk.
enum RedoChecksum {
  /// FNV-1a (Fowler, Noll, Vo) over words of eight bytes, with the higher half of the hash also brought to the lower one.
  static func of(_ bytes: UnsafeRawBufferPointer, salt: UInt64) -> UInt64 {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    func mix(_ word: UInt64) {
      hash = (hash ^ word) &* 0x0000_0100_0000_01b3
      hash ^= hash &>> 32
    }
    mix(salt)
    var offset = 0
    while offset <= bytes.count - 8 {
      mix(UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)))
      offset += 8
    }
    while offset < bytes.count {
      mix(UInt64(bytes[offset]))
      offset += 1
    }
    return hash
  }
}
