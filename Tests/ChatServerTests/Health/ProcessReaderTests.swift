import Foundation
import Testing

@testable import ChatServer

#if os(Linux)
  @Suite struct ProcessReaderTests {
    @Test func `Memory, descriptors, processor time and start are those of this process`() throws {
      let reader = ProcessReader()
      let before = reader.usage()
      let start = try #require(before.startTime)
      #expect(start <= Date().timeIntervalSince1970 + 1)
      #expect(start > Date().timeIntervalSince1970 - 24 * 3_600)

      let memory = try Ballast(bytes: 64 << 20)
      let pipes = (0..<10).map { _ in Pipe() }
      let after = reader.usage()
      #expect(try #require(after.residentBytes) >= #require(before.residentBytes) + 48 << 20)
      #expect(try #require(after.openDescriptors) >= #require(before.openDescriptors) + 20)
      #expect(try #require(after.maxDescriptors) > #require(after.openDescriptors))
      #expect(try #require(after.cpuSeconds) > 0)
      #expect(after.startTime == before.startTime)
      withExtendedLifetime((memory, pipes)) {}
    }

    @Test(arguments: [(89, false), (90, true), (100, true), (124, true)])
    func `Descriptors run out before the last is taken that clients may have`(open: UInt64, runOut: Bool) {
      #expect(DescriptorReserve.runsOut(ProcessUsage(openDescriptors: open, maxDescriptors: 124)) == runOut)
      #expect(!DescriptorReserve.runsOut(ProcessUsage(openDescriptors: open)))
    }

    @Test(arguments: [
      (40, 1_024, 957, 973), (40, 68, 1, 17), (40, 67, 0, 16), (40, 52, 0, 1), (40, 20, 0, 0),
      (.max, .max, 0, 0),
      (0, .max, .max - 8, .max),
    ])
    func `Clients and operators get what is neither open nor kept back`(
      open: UInt64, most: UInt64, clients: Int, all: Int
    ) throws {
      let usage = ProcessUsage(openDescriptors: open, maxDescriptors: most)
      let reserve = try #require(DescriptorReserve(besides: usage, listeners: 3))
      #expect(reserve.clients == clients)
      #expect(reserve.all == all)
      #expect(reserve.passingClients >= clients)
      #expect(DescriptorReserve(besides: ProcessUsage(openDescriptors: open)) == nil)
    }
  }
#endif

/// Memory that is really taken, and given back to the system at once.
final class Ballast: Sendable {
  private let size: Int
  private nonisolated(unsafe) let memory: UnsafeMutableRawPointer

  init(bytes: Int) throws {
    size = bytes
    let mapped = mmap(nil, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
    memory = try #require(mapped == MAP_FAILED ? nil : mapped)
    memset(memory, 1, bytes)
  }

  deinit { munmap(memory, size) }
}
