import Foundation

/// The load generator: this same program, in a process of its own.
final class GeneratorProcess {
  /// It says something a few times a second, but before it starts and during the last check.
  static let silenceLimit = 300.0
  private static let readBytes = 65_536

  private let child: ChildProcess
  private var buffer: [UInt8] = []

  init(_ workload: Workload) throws {
    let argument = String(decoding: try JSONEncoder().encode(workload), as: UTF8.self)
    child = try ChildProcess(
      [BuildFolder.executable, "generate", argument], input: .pipe, output: .pipe, error: .inherited)
  }

  func stop() { child.stop() }

  func signal(_ number: Int32) { child.signal(number) }

  func send(_ word: String) throws {
    do {
      try child.input?.write(contentsOf: Data((word + "\n").utf8))
    } catch {
      throw ended()
    }
  }

  /// Waits for an event.
  func wait(for kind: GeneratorEvent.Kind) throws -> GeneratorEvent {
    while true {
      if let event = try next(), event.event == kind { return event }
    }
  }

  /// What it says next.
  ///
  /// - Parameter deadline: when to wait no longer; without one it is an error if it says nothing.
  /// - Returns: nil if it has said nothing until then.
  func next(until deadline: Date? = nil) throws -> GeneratorEvent? {
    guard let event = try line(until: deadline) else { return nil }
    if event.event == .failed { throw BenchmarkError(event.message ?? "the load generator failed") }
    return event
  }

  private func line(until deadline: Date?) throws -> GeneratorEvent? {
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
      guard try read(until: deadline) else { return nil }
    }
  }

  /// - Returns: whether to go on: the deadline has not come.
  private func read(until deadline: Date?) throws -> Bool {
    guard let descriptor = child.output?.fileDescriptor else { throw ended() }
    var poller = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    let most = deadline.map { max(0, $0.timeIntervalSinceNow) } ?? Self.silenceLimit
    let ready = poll(&poller, 1, Int32((most * 1000).rounded(.up)))
    if ready < 0, errno == EINTR { return true }
    if ready == 0, deadline != nil { return false }
    guard ready > 0 else { throw silent() }
    var bytes = [UInt8](repeating: 0, count: Self.readBytes)
    let count = Foundation.read(descriptor, &bytes, bytes.count)
    guard count > 0 else { throw ended() }
    buffer += bytes[..<count]
    return true
  }

  func silent() -> BenchmarkError {
    BenchmarkError("the load generator has said nothing for \(Int(Self.silenceLimit)) s")
  }

  private func ended() -> BenchmarkError {
    BenchmarkError("the load generator ended with status \(child.wait()) before it was done")
  }
}
