#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Standard input or a file, read when asked for and not before.
actor InputFile {
  /// The most bytes read at once.
  static let chunkBytes = 64 * 1024

  /// Size of the file; `nil` for what has none.
  let totalBytes: Int?

  private let descriptor: Int32
  private let name: String
  private let executor = BlockingExecutor()
  private var splitter = LineSplitter()
  private var ended = false

  nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

  /// - Parameter path: `nil` for standard input.
  init(path: String? = nil) throws(CommandFailure) {
    name = path.map(TerminalText.escape) ?? "the input"
    descriptor = path.map { open($0, O_RDONLY | O_CLOEXEC) } ?? STDIN_FILENO
    var status = stat()
    guard descriptor >= 0, fstat(descriptor, &status) == 0 else {
      throw CommandFailure(.inputOutput, "cannot read \(name): \(String(cString: strerror(errno)))")
    }
    totalBytes = status.st_mode & S_IFMT == S_IFREG ? Int(status.st_size) : nil
  }

  /// Bytes of the lines given so far and of what was read ahead.
  var bytesRead: Int { splitter.consumed }

  /// Waits for bytes; empty at the end.
  func bytes() throws(CommandFailure) -> [UInt8] {
    var result: [UInt8] = []
    try read { result = [UInt8]($0) }
    return result
  }

  /// Waits for at least one line and gives all that are there; `nil` at the end.
  func lines() throws(CommandFailure) -> [LineSplitter.Line]? {
    while !ended {
      var lines: [LineSplitter.Line] = []
      let more = try read { (bytes) throws(CommandFailure) in lines = try splitter.feed(bytes) }
      if !more {
        ended = true
        if let last = try splitter.finish() { return [last] }
      } else if !lines.isEmpty {
        return lines
      }
    }
    return nil
  }

  /// - Returns: false at the end.
  @discardableResult
  private func read(
    _ body: (UnsafeRawBufferPointer) throws(CommandFailure) -> Void
  ) throws(CommandFailure) -> Bool {
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: Self.chunkBytes, alignment: 1)
    defer { memory.deallocate() }
    while true {
      let count = systemRead(descriptor, memory.baseAddress, memory.count)
      if count == 0 { return false }
      if count > 0 {
        try body(UnsafeRawBufferPointer(rebasing: memory[..<count]))
        return true
      }
      switch errno {
      case EINTR: continue
      case EAGAIN:
        var poller = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        _ = poll(&poller, 1, -1)
      case EIO where isatty(descriptor) == 1:
        return false  // The terminal has gone.
      default:
        throw CommandFailure(.inputOutput, "cannot read \(name): \(String(cString: strerror(errno)))")
      }
    }
  }

  private nonisolated func systemRead(_ descriptor: Int32, _ base: UnsafeMutableRawPointer?, _ count: Int)
    -> Int
  {
    #if canImport(Glibc)
      Glibc.read(descriptor, base, count)
    #elseif canImport(Musl)
      Musl.read(descriptor, base, count)
    #else
      Darwin.read(descriptor, base, count)
    #endif
  }
}
