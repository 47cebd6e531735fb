import ChatCore
import Testing

@testable import ChatClient

@Suite struct PositionsTests {
  private func message(_ sequence: UInt64, in conversation: String = "group:a") -> Message {
    var message = Message()
    message.conversation = conversation
    message.sequence = sequence
    return message
  }

  private func state(
    _ position: UInt64, epoch: UInt64 = 7, in conversation: String = "group:a"
  ) -> ConversationState {
    var state = ConversationState()
    state.conversation = conversation
    state.epoch = epoch
    state.position = position
    return state
  }

  private func following(_ position: UInt64) -> Positions {
    var positions = Positions()
    _ = positions.follow(state(position))
    return positions
  }

  private func gap(_ range: ClosedRange<UInt64>, _ reason: Gap.Reason, epoch: UInt64 = 7) -> Gap {
    Gap(conversation: "group:a", from: range.lowerBound, to: range.upperBound, reason: reason, epoch: epoch)
  }

  @Test func `messages are delivered in order, and duplicates are not`() {
    var positions = following(4)
    #expect(positions.receive(message(5), hasRoom: true, at: 0) == .deliver(epoch: 7))
    #expect(positions.receive(message(5), hasRoom: true, at: 0) == .duplicate)
    #expect(positions.receive(message(6), hasRoom: true, at: 0) == .deliver(epoch: 7))
    #expect(positions.all == [Position(conversation: "group:a", epoch: 7, sequence: 6)])
    #expect(positions.receive(message(1, in: "group:b"), hasRoom: true, at: 0) == .unknown)
  }

  @Test func `a jump is not delivered but asked for again, once a second until it comes`() {
    var positions = following(4)
    #expect(positions.receive(message(7), hasRoom: true, at: 100) == .jump)
    #expect(positions.receive(message(8), hasRoom: true, at: 100) == .jump)
    #expect(positions.jumps == 1)
    let place = Position(conversation: "group:a", epoch: 7, sequence: 4)
    #expect(positions.dueRepairs(at: 100) == [place])
    #expect(positions.dueRepairs(at: 1099) == [])
    #expect(positions.deadline == 1100)
    #expect(positions.dueRepairs(at: 1100) == [place])
    #expect(positions.receive(message(5), hasRoom: true, at: 1200) == .deliver(epoch: 7))
    #expect(positions.deadline == nil)
  }

  @Test func `without room a message is not lost but asked for when there is room`() {
    var positions = following(4)
    #expect(positions.receive(message(5), hasRoom: false, at: 0) == .noRoom)
    #expect(positions.receive(message(6), hasRoom: true, at: 0) == .jump)
    #expect(positions.dueRepairs(at: 10_000) == [])
    positions.roomCame(at: 10_000)
    #expect(positions.dueRepairs(at: 10_000).map(\.sequence) == [4])
  }

  @Test func `a gap moves the place behind it`() {
    var positions = following(4)
    #expect(positions.receive(gap(5...9, .retention), at: 0)?.sequence == 9)
    #expect(positions.receive(gap(5...9, .retention), at: 0) == nil)
    #expect(positions.receive(message(10), hasRoom: true, at: 0) == .deliver(epoch: 7))
  }

  @Test func `a gap that starts too late is a jump`() {
    var positions = following(4)
    #expect(positions.receive(gap(7...9, .retention), at: 0) == nil)
    #expect(positions.dueRepairs(at: 0).map(\.sequence) == [4])
  }

  @Test func `another epoch starts with the first message of the new log`() {
    var positions = following(4)
    #expect(positions.receive(gap(1...4, .epochChanged, epoch: 8), at: 0)?.epoch == 8)
    #expect(positions.receive(message(1), hasRoom: true, at: 0) == .deliver(epoch: 8))
  }

  @Test func `until something of another log has come, the place is one of the old log`() {
    var positions = following(4)
    #expect(positions.meet(state(0, epoch: 8)) == nil)
    #expect(positions.all == [Position(conversation: "group:a", epoch: 7, sequence: 4)])
    #expect(positions.receive(message(1), hasRoom: true, at: 0) == .deliver(epoch: 8))
    #expect(positions.all == [Position(conversation: "group:a", epoch: 8, sequence: 1)])
    // And it is no other log any longer where the old one is back.
    positions = following(4)
    _ = positions.meet(state(0, epoch: 8))
    _ = positions.meet(state(4, epoch: 7))
    #expect(positions.receive(message(6), hasRoom: true, at: 0) == .jump)
  }

  @Test func `a place is elsewhere if the log or the number is another one`() {
    let positions = following(4)
    let place = Position(conversation: "group:a", epoch: 7, sequence: 4)
    #expect(positions.elsewhere(than: state(4)) == nil)
    #expect(positions.elsewhere(than: state(4, epoch: 0)) == nil)
    #expect(positions.elsewhere(than: state(5)) == place)
    #expect(positions.elsewhere(than: state(4, epoch: 8)) == place)
    #expect(positions.elsewhere(than: state(5, in: "group:b")) == nil)
  }

  @Test func `another epoch told with Connected does not keep the place of the old log`() {
    var positions = following(4)
    #expect(positions.meet(state(4, epoch: 8)) == nil)
    _ = positions.receive(gap(1...4, .epochChanged, epoch: 8), at: 0)
    #expect(positions.receive(message(1), hasRoom: true, at: 0) == .deliver(epoch: 8))
  }

  @Test func `a log that lost its end goes on where it ends now`() {
    var positions = following(9)
    #expect(positions.receive(gap(6...9, .logTruncated), at: 0)?.sequence == 5)
    #expect(positions.receive(message(6), hasRoom: true, at: 0) == .deliver(epoch: 7))
  }

  @Test func `a tail beyond the place is asked for if nothing comes within a second`() {
    var positions = following(4)
    let tail = Position(conversation: "group:a", epoch: 7, sequence: 5)
    positions.receive(tails: [Position(conversation: "group:a", epoch: 7, sequence: 4)], at: 0)
    #expect(positions.deadline == nil)
    positions.receive(tails: [tail], at: 0)
    #expect(positions.dueRepairs(at: 1000).map(\.sequence) == [4])
  }

  @Test func `the broker's place counts only where the client has none`() {
    var positions = following(9)
    #expect(positions.meet(state(4)) == nil)
    #expect(positions.all.map(\.sequence) == [9])
    #expect(positions.meet(state(4, in: "group:b"))?.sequence == 4)
  }
}
