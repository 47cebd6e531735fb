#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// The file of a ``RedoLog``. Used by one thread.
final class RedoFile {
  /// It grows in steps of this many bytes of zeros: to write over what is there takes a shorter sync than to make a
  /// file longer.
  private static let step = 1024 * 1024

  let path: String
  private let descriptor: Int32
  private var size: Int

  /// Opens it, and makes it if there is none.
  init(path: String) throws(SQLiteFailure) {
    self.path = path
    guard let opened = try Self.opened(path, O_RDWR | O_CREAT) else {
      throw SQLiteFailure(kind: .cannotOpen, text: path, systemError: ENOENT)
    }
    (descriptor, size) = opened
    guard Folder.sync(of: path) else { throw failure() }
  }

  /// Opens it to read; nil: there is none.
  init?(reading path: String) throws(SQLiteFailure) {
    guard let opened = try Self.opened(path, O_RDONLY) else { return nil }
    self.path = path
    (descriptor, size) = opened
  }

  private static func opened(_ path: String, _ flags: Int32) throws(SQLiteFailure) -> (Int32, Int)? {
    let descriptor = open(path, flags | O_CLOEXEC, 0o600)
    if descriptor < 0 && errno == ENOENT { return nil }
    guard descriptor >= 0 else { throw SQLiteFailure(kind: .cannotOpen, text: path, systemError: errno) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else {
      let code = errno
      _ = close(descriptor)
      throw SQLiteFailure(kind: .io, text: path, systemError: code)
    }
    return (descriptor, Int(status.st_size))
  }

  deinit { _ = close(descriptor) }

  /// Writes the bytes. They are on stable storage when this returns.
  ///
  /// - Parameter most: the file is to be no longer than this many bytes.
  func write(_ bytes: UnsafeRawBufferPointer, at offset: Int, most: Int) throws(SQLiteFailure) {
    if offset + bytes.count > size { try grow(to: offset + bytes.count, most: most) }
    try put(bytes, at: offset)
    guard Self.sync(descriptor) else { throw failure() }
  }

  /// Makes a record invalid that could not be written as a whole. It is a try, after a failure of the disk.
  func erase(at offset: Int) {
    let zeros = [UInt8](repeating: 0, count: 8)
    if offset + zeros.count <= size { try? put(zeros, at: offset) }
  }

  /// All that is in it.
  func contents() throws(SQLiteFailure) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: size)
    var count = 0
    while count < bytes.count {
      let more = bytes.withUnsafeMutableBytes { bytes in
        pread(descriptor, bytes.baseAddress.map { $0 + count }, bytes.count - count, off_t(count))
      }
      if more < 0 && errno == EINTR { continue }
      guard more > 0 else { throw failure() }
      count += more
    }
    return bytes
  }

  func remove() { _ = unlink(path) }

  private func grow(to bytes: Int, most: Int) throws(SQLiteFailure) {
    let zeros = [UInt8](repeating: 0, count: max(bytes - size, min(Self.step, most - size)))
    do {
      try put(zeros, at: size)
    } catch {
      // On a full disk others need the room.
      _ = ftruncate(descriptor, off_t(size))
      throw error
    }
    size += zeros.count
  }

  private func put(_ bytes: [UInt8], at offset: Int) throws(SQLiteFailure) {
    try bytes.lend { bytes throws(SQLiteFailure) in try put(bytes, at: offset) }
  }

  private func put(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(SQLiteFailure) {
    var written = 0
    while written < bytes.count {
      let more = pwrite(
        descriptor, bytes.baseAddress.map { $0 + written }, bytes.count - written, off_t(offset + written))
      if more < 0 && errno == EINTR { continue }
      guard more > 0 else { throw failure() }
      written += more
    }
  }

  private static func sync(_ descriptor: Int32) -> Bool {
    #if canImport(Darwin)
      // fsync leaves it in the drive's memory. Not all file systems have the other call.
      if fcntl(descriptor, F_FULLFSYNC) == 0 { return true }
      return [ENOTSUP, EINVAL, ENOTTY].contains(errno) && fsync(descriptor) == 0
    #else
      return fdatasync(descriptor) == 0
    #endif
  }

  private func failure() -> SQLiteFailure { SQLiteFailure(kind: .io, text: path, systemError: errno) }
}
