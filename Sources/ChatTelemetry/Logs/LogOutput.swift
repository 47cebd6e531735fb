import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Where lines go: a descriptor, one line in one write, one line after the other.
///
/// A reader that has stopped reading must not stop the broker: a line that the descriptor does not take in time is left
/// out and counted, and so are those behind it until it takes some again.
package final class LogOutput: Sendable {
  /// How long a line may wait for a descriptor that takes nothing, in milliseconds.
  package static let patience: CInt = 100

  private struct State {
    var leftOut = 0
    /// The last line found no room: no further one waits.
    var isFull = false
  }

  private let descriptor: CInt
  private let state = Mutex(State())

  /// - Parameter descriptor: has to stay open.
  package init(descriptor: CInt) {
    self.descriptor = descriptor
  }

  package static let standardOutput = LogOutput(descriptor: STDOUT_FILENO)
  package static let standardError = LogOutput(descriptor: STDERR_FILENO)

  /// Whether people read it.
  package var isTerminal: Bool { isatty(descriptor) == 1 }

  /// Writes a line.
  ///
  /// - Parameter line: is told how many lines were left out before it; ends with a line feed.
  package func write(_ line: (_ leftOut: Int) -> [UInt8]) {
    state.withLock { state in
      guard hasRoom(within: state.isFull ? 0 : Self.patience) else {
        state.leftOut += 1
        state.isFull = true
        return
      }
      state.isFull = false
      let isWritten = write(line(state.leftOut))
      state.leftOut = isWritten ? 0 : state.leftOut + 1
    }
  }

  private func hasRoom(within patience: CInt) -> Bool {
    var poller = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
    return poll(&poller, 1, patience) > 0 && poller.revents & Int16(POLLOUT) != 0
  }

  /// A part of a line is finished, or the next line would not be readable either.
  private func write(_ bytes: [UInt8]) -> Bool {
    bytes.withUnsafeBytes { all in
      var rest = UnsafeRawBufferPointer(all)
      while let base = rest.baseAddress, !rest.isEmpty {
        let count = systemWrite(descriptor, base, rest.count)
        if count > 0 {
          rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(count))
        } else if count < 0, errno == EINTR {
          continue
        } else if count < 0, errno == EAGAIN, hasRoom(within: Self.patience) {
          continue
        } else {
          // Nothing is left to say it with.
          return false
        }
      }
      return true
    }
  }
}

private func systemWrite(_ descriptor: CInt, _ base: UnsafeRawPointer, _ count: Int) -> Int {
  write(descriptor, base, count)
}
