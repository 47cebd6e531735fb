import Foundation

/// Counts what a process takes from malloc, by a library that is loaded in front of libc's.
final class AllocationCounter {
  private static let variable = "CHAT_BENCHMARK_ALLOCATIONS"

  private static let library = ".build/libmalloc-count.so"

  private let folder: TemporaryFolder
  private let file: String
  /// What the server has to be started with.
  let environment: [String: String]

  init() throws {
    let library = try BuildFolder.make(Self.library, at: Self.library)
    folder = try TemporaryFolder()
    file = folder.file("allocations")
    environment = ["LD_PRELOAD": library, Self.variable: file]
  }

  /// Allocations since the process started.
  func count() throws -> Int {
    // One native 64-bit number.
    guard let bytes = FileManager.default.contents(atPath: file), bytes.count >= 8 else {
      throw BenchmarkError("the server was not started with malloc-count.c in front of libc")
    }
    return Int(bytes.prefix(8).enumerated().reduce(UInt64(0)) { $0 | UInt64($1.element) << (8 * $1.offset) })
  }
}
