import ChatServer

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Where the key of the admin listener comes from.
enum AdminKeySource: Sendable, Equatable {
  /// The configuration.
  case text(String)
  /// A file that has to be there.
  case file(String)
  /// A file in the data directory, made with a random key if it is not there.
  case dataDirectory

  /// The file in the data directory.
  static let file = "admin.key"

  /// What a key may be.
  static let allowed =
    "\(AdminKey.minimumBytes) or more visible ASCII characters, such as those of `openssl rand -hex 24`"
  private static let mostBytes = 4096
  private static let randomBytes = 24

  /// The key; makes the file in the data directory if that is where it comes from.
  func key(data: String) throws(CommandFailure) -> String {
    if let key = try existing(data: data) { return key }
    let path = Self.path(in: data)
    try Self.create(path)
    return try Self.read(path)
  }

  /// The key; nil: it would be made in the data directory.
  func existing(data: String) throws(CommandFailure) -> String? {
    switch self {
    case .text(let text): return text
    case .file(let path): return try Self.read(path)
    case .dataDirectory:
      let path = Self.path(in: data)
      return access(path, F_OK) == 0 ? try Self.read(path) : nil
    }
  }

  static func path(in data: String) -> String { data + "/" + file }

  private static func read(_ path: String) throws(CommandFailure) -> String {
    let bytes: [UInt8]
    do throws(FileFailure) {
      bytes = try TextFile.read(path, most: mostBytes)
    } catch {
      throw failure(path, "cannot be read: \(error.reason)")
    }
    let text = String(decoding: bytes, as: UTF8.self).trimmed
    guard AdminKey(text) != nil else { throw failure(path, "holds no key that is allowed: use \(allowed)") }
    return text
  }

  private static func create(_ path: String) throws(CommandFailure) {
    var random = SystemRandomNumberGenerator()
    let digits = Array("0123456789abcdef")
    let key = String((0..<2 * randomBytes).map { _ in digits[Int.random(in: 0..<16, using: &random)] }) + "\n"
    let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw failure(path, "cannot be made: \(String(cString: strerror(errno)))") }
    defer { close(descriptor) }
    var text = key
    let written = text.withUTF8 { systemWrite(descriptor, $0.baseAddress, $0.count) }
    guard written == key.utf8.count else {
      throw failure(path, "cannot be written: \(String(cString: strerror(errno)))")
    }
  }

  private static func failure(_ path: String, _ reason: String) -> CommandFailure {
    CommandFailure(
      .configuration,
      "the admin key file \(TerminalText.escape(path)) \(reason); name another with --admin-key-file FILE")
  }
}

private func systemWrite(_ descriptor: CInt, _ bytes: UnsafePointer<UInt8>?, _ count: Int) -> Int {
  write(descriptor, bytes, count)
}
