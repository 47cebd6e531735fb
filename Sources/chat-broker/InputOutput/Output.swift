#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Standard output and standard error, unbuffered.
enum Output {
  /// Writes a line to standard output.
  static func line(_ text: String) {
    write(text + "\n", to: STDOUT_FILENO)
  }

  /// Writes text to standard output as it is.
  static func text(_ text: String) {
    write(text, to: STDOUT_FILENO)
  }

  /// Writes a sentence to standard error, under the program's name.
  static func error(_ sentence: String) {
    write("chat-broker: \(sentence)\n", to: STDERR_FILENO)
  }

  /// Writes text to standard error as it is.
  static func status(_ text: String) {
    write(text, to: STDERR_FILENO)
  }

  private static func write(_ text: String, to descriptor: Int32) {
    var text = text
    text.withUTF8 { bytes in
      var rest = UnsafeRawBufferPointer(bytes)
      while let base = rest.baseAddress, !rest.isEmpty {
        let count = systemWrite(descriptor, base, rest.count)
        if count > 0 {
          rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(count))
        } else if count < 0, errno == EINTR {
          continue
        } else if count < 0, errno == EAGAIN {
          // Somebody made the terminal non-blocking, which it shares with us.
          var poller = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
          _ = poll(&poller, 1, -1)
        } else if descriptor == STDOUT_FILENO {
          // The reader has what it wanted (`| head`); any other failure must not look like success.
          _exit(errno == EPIPE ? 0 : ExitStatus.inputOutput.rawValue)
        } else {
          return
        }
      }
    }
  }

  private static func systemWrite(_ descriptor: Int32, _ base: UnsafeRawPointer, _ count: Int) -> Int {
    #if canImport(Glibc)
      Glibc.write(descriptor, base, count)
    #elseif canImport(Musl)
      Musl.write(descriptor, base, count)
    #else
      Darwin.write(descriptor, base, count)
    #endif
  }
}
