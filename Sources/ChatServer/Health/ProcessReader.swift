#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Reads from `/proc` what the process takes. From any thread.
///
/// Its files are open from the start: when the descriptors have run out, that is when they are needed.
final class ProcessReader: Sendable {
  private let memory = OpenFile("/proc/self/statm")
  private let startTime: Double?

  init() {
    startTime = Self.readStartTime()
  }

  func usage() -> ProcessUsage {
    var usage = ProcessUsage(startTime: startTime)
    let pages = memory.text().split(separator: " ")
    if pages.count > 1, let resident = UInt64(pages[1]) {
      usage.residentBytes = resident.multipliedReportingOverflow(by: UInt64(Self.pageBytes)).partialValue
    }
    var limit = rlimit()
    #if canImport(Glibc)
      let read = getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    #else
      let read = getrlimit(RLIMIT_NOFILE, &limit)
    #endif
    if read == 0 {
      usage.maxDescriptors = UInt64(limit.rlim_cur)
      usage.openDescriptors = Self.openDescriptors(most: UInt64(limit.rlim_cur))
    }
    var time = timespec()
    if clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time) == 0 {
      usage.cpuSeconds = Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
    return usage
  }

  private static var pageBytes: Int { max(1, sysconf(Int32(_SC_PAGESIZE))) }

  private static func openDescriptors(most: UInt64) -> UInt64? {
    var status = stat()
    // Since Linux 6.2 the size of this directory is how many are open.
    if stat("/proc/self/fd", &status) == 0, status.st_size > 0 { return UInt64(status.st_size) }
    guard let directory = opendir("/proc/self/fd") else {
      return errno == EMFILE ? most : nil
    }
    defer { closedir(directory) }
    var count: UInt64 = 0
    while readdir(directory) != nil { count += 1 }
    // Neither . nor .., nor the directory itself.
    return count > 3 ? count - 3 : 0
  }

  /// From the ticks since the machine's start at which the process began.
  private static func readStartTime() -> Double? {
    let text = OpenFile("/proc/self/stat").text()
    // The name of the program may have anything in it; behind it come numbers.
    guard let end = text.lastIndex(of: ")") else { return nil }
    let fields = text[end...].split(separator: " ")
    guard fields.count > 20, let ticks = Double(fields[20]) else { return nil }
    #if os(Linux)
      var sinceBoot = timespec()
      var now = timespec()
      clock_gettime(CLOCK_BOOTTIME, &sinceBoot)
      clock_gettime(CLOCK_REALTIME, &now)
      let boot = Double(now.tv_sec - sinceBoot.tv_sec) + Double(now.tv_nsec - sinceBoot.tv_nsec) / 1e9
      return boot + ticks / Double(max(1, sysconf(Int32(_SC_CLK_TCK))))
    #else
      return nil
    #endif
  }
}

/// A small file of the system's that is read again and again.
private final class OpenFile: Sendable {
  private static let mostBytes = 1024

  /// Below 0: there is none.
  private let descriptor: CInt

  init(_ path: String) { descriptor = open(path, O_RDONLY | O_CLOEXEC) }

  deinit { if descriptor >= 0 { close(descriptor) } }

  func text() -> String {
    guard descriptor >= 0 else { return "" }
    return withUnsafeTemporaryAllocation(byteCount: Self.mostBytes, alignment: 1) { memory in
      let count = pread(descriptor, memory.baseAddress, memory.count, 0)
      return count > 0 ? String(decoding: memory[..<count], as: UTF8.self) : ""
    }
  }
}
