import Foundation

/// Memory of a process, and what the kernel holds for sockets.
struct MemoryUsage: Codable, Sendable {
  /// Its own pages that are in memory: heap, stacks, data.
  var anonymousBytes: Int
  /// With the program's and libraries' pages.
  var residentBytes: Int
  /// Buffers of all TCP sockets of the machine.
  var socketBytes: Int
  /// The kernel's small objects, among them one for each socket: of the whole machine.
  var slabBytes: Int

  init(process: pid_t) throws {
    let rollup = try Self.fields("/proc/\(process)/smaps_rollup")
    anonymousBytes = (rollup["Pss_Anon"] ?? rollup["Anonymous"] ?? 0) * 1024
    residentBytes = (rollup["Rss"] ?? 0) * 1024
    slabBytes = (try Self.fields("/proc/meminfo")["Slab"] ?? 0) * 1024
    socketBytes = try Self.socketPages() * sysconf(Int32(_SC_PAGESIZE))
  }

  private init(anonymousBytes: Int, residentBytes: Int, socketBytes: Int, slabBytes: Int) {
    self.anonymousBytes = anonymousBytes
    self.residentBytes = residentBytes
    self.socketBytes = socketBytes
    self.slabBytes = slabBytes
  }

  static func - (left: MemoryUsage, right: MemoryUsage) -> MemoryUsage {
    MemoryUsage(
      anonymousBytes: left.anonymousBytes - right.anonymousBytes,
      residentBytes: left.residentBytes - right.residentBytes,
      socketBytes: left.socketBytes - right.socketBytes,
      slabBytes: left.slabBytes - right.slabBytes)
  }

  /// `Name:  number kB`
  private static func fields(_ path: String) throws -> [String: Int] {
    guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
      throw BenchmarkError("cannot read \(path): measuring needs Linux")
    }
    var result: [String: Int] = [:]
    for line in text.split(separator: "\n") {
      let parts = line.split(separator: ":")
      guard parts.count == 2, let number = parts[1].split(separator: " ").first.flatMap({ Int($0) }) else {
        continue
      }
      result[String(parts[0])] = number
    }
    return result
  }

  /// `TCP: inuse 5 orphan 0 tw 0 alloc 7 mem 3`
  private static func socketPages() throws -> Int {
    let text = try String(contentsOfFile: "/proc/net/sockstat", encoding: .utf8)
    let line = text.split(separator: "\n").first { $0.hasPrefix("TCP:") } ?? ""
    return line.split(separator: " ").last.flatMap { Int($0) } ?? 0
  }
}
