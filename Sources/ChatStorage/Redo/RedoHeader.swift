/// How the file of a ``RedoLog`` begins: whose records follow, and how they are told from what lay there before.
struct RedoHeader: Hashable {
  /// A page of the disk, so that the header is never written again together with a record.
  static let bytes = 4096
  /// "chatredo", and the version of the format.
  private static let mark: [UInt8] = Array("chatredo".utf8) + [1, 0, 0, 0, 0, 0, 0, 0]

  /// Identity of the store.
  let epoch: UInt64
  /// Where checksums start. It is new each time that the log is begun anew, and nobody else knows it: so neither an older
  /// record nor bytes in a message are taken for one.
  let salt: UInt64
  /// Bytes of a half.
  let halfBytes: Int

  init(epoch: UInt64, halfBytes: Int) {
    self.epoch = epoch
    self.halfBytes = halfBytes
    salt = .random(in: 1...UInt64.max)
  }

  /// Reads the header of a whole file; nil: a crash came when it was made, and it has no records.
  init?(of file: UnsafeRawBufferPointer) throws(SQLiteFailure) {
    guard file.count >= Self.bytes, file.prefix(Self.bytes).contains(where: { $0 != 0 }) else { return nil }
    guard file.starts(with: Self.mark) else {
      throw SQLiteFailure(kind: .corrupt, text: "the redo log beside it is of another program or version")
    }
    var decoder = RedoDecoder(UnsafeRawBufferPointer(rebasing: file[Self.mark.count...]))
    epoch = try decoder.unsigned()
    salt = try decoder.unsigned()
    halfBytes = Int(clamping: try decoder.unsigned())
    guard try decoder.unsigned() == checksum else {
      throw SQLiteFailure(kind: .corrupt, text: "the header of the redo log is not as it was written")
    }
  }

  /// The page as it is written.
  var encoded: [UInt8] {
    var encoder = RedoEncoder()
    for value in [epoch, salt, UInt64(halfBytes), checksum] { encoder.add(value) }
    let header = Self.mark + [UInt8](encoder.bytes)
    return header + [UInt8](repeating: 0, count: Self.bytes - header.count)
  }

  private var checksum: UInt64 {
    withUnsafeBytes(of: (epoch, salt, halfBytes)) { RedoChecksum.of($0, salt: 0) }
  }
}
