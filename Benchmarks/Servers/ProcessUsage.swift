import Foundation

/// What a process has used, as /proc tells it.
struct ProcessUsage: Sendable {
  /// Time that its threads ran, in user space and for it in the kernel.
  let cpuNanoseconds: UInt64

  init(process: pid_t) throws {
    // Nanoseconds, but only of threads that live.
    let threads = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(process)/task")) ?? []
    let living = threads.reduce(into: UInt64(0)) { sum, thread in
      let line = try? String(contentsOfFile: "/proc/\(process)/task/\(thread)/schedstat", encoding: .utf8)
      sum += line?.split(separator: " ").first.flatMap { UInt64($0) } ?? 0
    }
    guard let line = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8),
      let name = line.lastIndex(of: ")")
    else { throw BenchmarkError("process \(process) is gone, or there is no /proc: measuring needs Linux") }
    // After the name, which may have blanks: user and kernel time are the 12th and 13th field.
    let fields = line[line.index(after: name)...].split(separator: " ")
    let ticks = fields.count > 12 ? (UInt64(fields[11]) ?? 0) + (UInt64(fields[12]) ?? 0) : 0
    let all = ticks * (1_000_000_000 / UInt64(max(1, sysconf(Int32(_SC_CLK_TCK)))))
    // Ticks are coarse; they win only where threads have ended and took their time with them.
    cpuNanoseconds = all > living + Self.coarseness ? all : living
  }

  private static let coarseness: UInt64 = 50_000_000
}
