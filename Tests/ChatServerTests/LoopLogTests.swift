import ChatCore
import Logging
import NIOCore
import Testing

@testable import ChatServer

@Suite struct LoopLogTests {
  private let lines = CapturedLines()
  private var log: LoopLog { LoopLog(lines.logger(), loop: 3) }

  @Test func `a store that refuses again and again is told once a second with how often`() {
    var log = log
    let full = StoreError(.full, "no space: free some")
    for time in 0..<1_000 { log.writeFailed(full, at: UInt64(time)) }
    log.writeFailed(full, at: 1_000)
    #expect(lines.all.map(\.level) == [.error, .error])
    #expect(lines.all.map { $0.metadata["chat.left_out"]?.description } == ["0", "999"])
    #expect(lines.all[0].metadata["error.code"] == "full")
    #expect(lines.all[0].metadata["error.message"] == "no space: free some")
  }

  @Test func `another reason is told at once`() {
    var log = log
    log.writeFailed(StoreError(.full, "a"), at: 0)
    log.writeFailed(StoreError(.io, "b"), at: 1)
    log.readFailed(StoreError(.io, "b"), at: 2)
    #expect(lines.all.count == 3)
  }

  @Test func `what was left out and does not come again is told`() {
    var log = log
    for time in 0..<5 { log.readFailed(StoreError(.io, "x"), at: UInt64(time)) }
    log.look(at: [:], at: 500)
    #expect(lines.all.count == 1)
    log.look(at: [:], at: 1_500)
    #expect(lines.all.last?.message == "lines were left out")
    #expect(lines.all.last?.metadata["chat.left_out"]?.description == "4")
    log.look(at: [:], at: 9_000)
    #expect(lines.all.count == 2)
  }

  @Test func `a slow commit is told, and a fast one is not`() {
    var log = log
    log.committed(in: LoopLog.slowCommit - .nanoseconds(1), at: 0)
    #expect(lines.all.isEmpty)
    log.committed(in: LoopLog.slowCommit, at: 0)
    #expect(lines.all.map(\.level) == [.warning])
    #expect(lines.all[0].metadata["event.duration"]?.description == "500000000")
  }

  @Test func `each limit that was hit is told with how often, and none is lost`() {
    var log = log
    log.look(at: ["body_bytes": 1], at: 0)
    log.look(at: ["body_bytes": 1], at: 100)
    log.look(at: ["body_bytes": 40, "frame_bytes": 2], at: 200)
    log.look(at: ["body_bytes": 41, "frame_bytes": 2], at: 6_000)
    #expect(lines.all.map { $0.metadata["chat.limit"] } == ["body_bytes", "frame_bytes", "body_bytes"])
    #expect(lines.all.map { $0.metadata["chat.count"]?.description } == ["1", "2", "40"])
  }

  @Test func `sessions are looked at only if somebody reads about them`() {
    let quiet = LoopLog(lines.logger(.info), loop: 0)
    var asked = 0
    func ending() -> SessionEnding? {
      asked += 1
      return nil
    }
    func state() -> SessionState? {
      asked += 1
      return nil
    }
    quiet.closed(ending(), from: nil)
    quiet.opened(state(), from: nil)
    #expect(asked == 0)
  }
}
