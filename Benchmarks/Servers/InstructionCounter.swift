import Foundation

/// Counts the instructions of a process in user space with `perf stat`, where the machine has such a counter.
final class InstructionCounter {
  private static let event = "instructions:u"
  /// perf attaches within this time.
  private static let attachTime: useconds_t = 200_000

  private let folder: TemporaryFolder
  private let perf: ChildProcess

  /// Whether counting is possible: virtual machines often have no counter.
  static let isAvailable: Bool = {
    guard BuildFolder.find("perf") != nil, let counter = try? InstructionCounter(process: getpid()) else {
      return false
    }
    return (counter.stop() ?? 0) > 0
  }()

  /// Starts to count.
  init(process: pid_t) throws {
    folder = try TemporaryFolder()
    perf = try ChildProcess(
      [
        "perf", "stat", "--field-separator", ",", "--event", Self.event, "--pid", String(process),
        "--output", folder.file("count"),
      ])
    usleep(Self.attachTime)
  }

  /// Instructions since the start; `nil` if the machine did not count.
  func stop() -> Int? {
    perf.interrupt()
    perf.wait()
    let text = (try? String(contentsOfFile: folder.file("count"), encoding: .utf8)) ?? ""
    let line = text.split(separator: "\n").first { $0.contains(Self.event) }
    return line?.split(separator: ",", omittingEmptySubsequences: false).first.flatMap { Int($0) }
  }
}
