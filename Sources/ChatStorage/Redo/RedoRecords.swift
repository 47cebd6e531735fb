import ChatCore

/// What is in the file of a ``RedoLog``: a ``RedoHeader``, and two halves.
///
/// The records of a half follow one another; behind them lie older ones, whose numbers are smaller.
struct RedoRecords {
  private let bytes: [UInt8]
  /// In the order of their numbers.
  private let records: [RedoRecord]

  /// Finds the records of a store.
  ///
  /// - Parameter bytes: the whole file.
  init(_ bytes: [UInt8], epoch: UInt64) throws(SQLiteFailure) {
    self.bytes = bytes
    records = try bytes.withUnsafeBytes { bytes in
      Result { () throws(SQLiteFailure) in
        guard let header = try RedoHeader(of: bytes), header.epoch == epoch else { return [] }
        return Self.records(in: bytes, header)
      }
    }.get()
  }

  /// The number of the last one; 0: there is none.
  var last: UInt64 { records.last?.number ?? 0 }

  /// Hands over the writes of each record behind a number, up to another one.
  ///
  /// - Throws: that records are missing, or what `body` throws.
  func replay(
    after first: UInt64, through last: UInt64, _ body: ([StoreWrite]) throws(SQLiteFailure) -> Void
  ) throws(SQLiteFailure) {
    var next = first + 1
    for record in records where record.number > first && record.number <= last {
      guard record.number == next else { break }
      next += 1
      try body(
        try bytes.withUnsafeBytes { bytes in
          Result { () throws(SQLiteFailure) in try record.writes(in: bytes) }
        }.get())
    }
    guard next > last else {
      throw SQLiteFailure(kind: .corrupt, text: "the redo log lacks what was written after group \(next - 1)")
    }
  }

  private static func records(in bytes: UnsafeRawBufferPointer, _ header: RedoHeader) -> [RedoRecord] {
    let all = bytes.count - RedoHeader.bytes
    let half = max(0, min(header.halfBytes, all))
    let first = RedoHeader.bytes..<RedoHeader.bytes + half
    let second = first.upperBound..<first.upperBound + min(half, all - half)
    return [first, second].flatMap { records(in: bytes, $0, header.salt) }.sorted { $0.number < $1.number }
  }

  private static func records(
    in bytes: UnsafeRawBufferPointer, _ half: Range<Int>, _ salt: UInt64
  ) -> [RedoRecord] {
    let bytes = UnsafeRawBufferPointer(rebasing: bytes[..<half.upperBound])
    var records: [RedoRecord] = []
    var offset = half.lowerBound
    while let record = RedoRecord(in: bytes, at: offset, salt: salt),
      record.number > records.last?.number ?? 0
    {
      records.append(record)
      offset = record.range.upperBound
    }
    return records
  }
}
