import Foundation

/// The load generator: this same program, in a process of its own.
final class GeneratorProcess {
  /// It says something a few times a second, but before it starts and during the last check.
  private static let silenceLimit = 300.0
  private static let readBytes = 65_536

  private let child: ChildProcess
  private var buffer: [UInt8] = []

  init(_ workload: Workload) throws {
    let argument = String(decoding: try JSONEncoder().encode(workload), as: UTF8.self)
    child = try ChildProcess(
      [BuildFolder.executable, "generate", argument], input: .pipe, output: .pipe, error: .inherited)
  }

  func stop() { child.stop() }

  func send(_ word: String) throws {
    do {
      try child.input?.write(contentsOf: Data((word + "\n").utf8))
    } catch {
      throw ended()
    }
  }

  /// Waits for an event, and shows the progress before it.
  func wait(for event: GeneratorEvent.Kind, progress: (UInt64) -> Void = { _ in }) throws -> GeneratorEvent {
    while true {
      let line = try next()
      switch line.event {
      case event: return line
      case .failed: throw BenchmarkError(line.message ?? "the load generator failed")
      case .progress: progress(line.deliveries ?? 0)
      default: continue
      }
    }
  }

  private func next() throws -> GeneratorEvent {
    while true {
      if let end = buffer.firstIndex(of: UInt8(ascii: "\n")) {
        let line = Data(buffer[..<end])
        buffer.removeSubrange(...end)
        do {
          return try JSONDecoder().decode(GeneratorEvent.self, from: line)
        } catch {
          throw BenchmarkError("the load generator said \(String(decoding: line, as: UTF8.self)): \(error)")
        }
      }
      try read()
    }
  }

  private func read() throws {
    guard let descriptor = child.output?.fileDescriptor else { throw ended() }
    var poller = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    let ready = poll(&poller, 1, Int32(Self.silenceLimit * 1000))
    if ready < 0, errno == EINTR { return }
    guard ready > 0 else {
      throw BenchmarkError("the load generator has said nothing for \(Int(Self.silenceLimit)) s")
    }
    var bytes = [UInt8](repeating: 0, count: Self.readBytes)
    let count = Foundation.read(descriptor, &bytes, bytes.count)
    guard count > 0 else { throw ended() }
    buffer += bytes[..<count]
  }

  private func ended() -> BenchmarkError {
    BenchmarkError("the load generator ended with status \(child.wait()) before it was done")
  }
}
