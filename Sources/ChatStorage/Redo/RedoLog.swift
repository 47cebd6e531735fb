import ChatCore

/// Makes writes durable before the tables have them: each group by one record at the end of a file, of which nothing
/// else is there to be written or synced. Used by one thread.
///
/// The file is beside the store while that is open, and after a crash.
final class RedoLog {
  private let file: RedoFile
  private let header: RedoHeader
  private var headerIsWritten = false
  private var space: RedoSpace
  private var encoder = RedoEncoder()

  /// - Parameter bytes: both halves together.
  init(store: String, epoch: UInt64, bytes: Int) throws(SQLiteFailure) {
    file = try RedoFile(path: Self.path(of: store))
    space = RedoSpace(halfBytes: min(max(0, bytes), Self.mostBytes) / 2)
    header = RedoHeader(epoch: epoch, halfBytes: space.halfBytes)
  }

  /// It is read as a whole.
  private static let mostBytes = 1 << 30

  /// What the log of a store is called.
  static func path(of store: String) -> String { FileLock.resolved(store) + "-redo" }

  /// What is in the file.
  func records() throws(SQLiteFailure) -> RedoRecords {
    try RedoRecords(try file.contents(), epoch: header.epoch)
  }

  /// Makes a record for the next call of ``write(_:at:)``, and finds its place; nil: there is none now.
  ///
  /// - Parameter syncedThrough: the tables have the records up to this number on stable storage.
  func prepare(
    _ writes: some Sequence<StoreWrite>, number: UInt64, syncedThrough: UInt64
  ) -> RedoSpace.Place? {
    guard space.halfBytes > 0 else { return nil }
    RedoRecord.encode(writes, number: number, salt: header.salt, into: &encoder)
    return space.place(of: encoder.bytes.count, syncedThrough: syncedThrough)
  }

  /// Writes the record that was made last. It is on stable storage when this returns.
  ///
  /// The first one makes all that was in the file before invalid.
  func write(_ number: UInt64, at place: RedoSpace.Place) throws(SQLiteFailure) {
    let most = RedoHeader.bytes + 2 * space.halfBytes
    if !headerIsWritten {
      let encoded = header.encoded
      try encoded.lend { bytes throws(SQLiteFailure) in try file.write(bytes, at: 0, most: most) }
      headerIsWritten = true
    }
    let offset = RedoHeader.bytes + place.offset
    do {
      try file.write(encoder.bytes, at: offset, most: most)
    } catch {
      // What failed is not to be done by the next start.
      file.erase(at: offset)
      throw error
    }
    space.wrote(number, bytes: encoder.bytes.count, at: place)
    encoder.removeAll()
  }

  /// Removes the file. To be called when the tables have everything on stable storage.
  func remove() { file.remove() }
}
