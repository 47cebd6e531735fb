/// A session's place in a conversation: the only way by which messages reach a session.
///
/// Confined to its loop, like the session and the replica between which it stands.
package final class Cursor {
  /// Where a cursor starts.
  enum Start: Hashable {
    /// After the last message that is in the log when the cursor opens.
    case tail
    /// After this sequence of the log with this epoch; epoch 0: whichever there is.
    case after(epoch: UInt64, sequence: UInt64)
  }

  /// What the session is told when the cursor opens.
  enum Announcement: Hashable {
    case none
    case following
    case subscribed(requestID: UInt64)
  }

  enum State: Hashable {
    /// The replica does not know the log's end yet.
    case opening(Start)
    /// At the end of the log, in its replica's list of live cursors.
    case live
    /// The store has shown it more than the replica has been told of yet; in its replica's list.
    case ahead
    /// There is something to send; in its session's queue.
    case behind
    /// A page of the store is on its way.
    case reading
    /// It needs a page of the store, and waits until its session holds fewer.
    case parked
    /// The store could not be read; tried again with the next tick.
    case retrying
    /// The session has left.
    case closed
  }

  /// Answers that may wait until it is open.
  static let announcementsMost = 16

  unowned let session: Session
  let replica: Replica
  var state: State
  /// What the session is to be told when the cursor opens.
  var announcements: [Announcement]
  /// The owner's answer to this question, or a later one, opens the cursor.
  var attachNumber: UInt64 = 0
  /// Where it stands in its replica's list of live cursors.
  var liveIndex = 0
  /// The page that is on its way; the answer to an earlier question is no longer wanted.
  var pageTicket: ReadTicket?
  /// Counts in its session's ``Session/pagesHeld``.
  var holdsPage = false
  /// The sequence that the session gets next. Live cursors are all at the same place.
  var next: UInt64 {
    get { state == .live ? replica.tail.next : ownNext }
    set { ownNext = newValue }
  }
  private var ownNext: UInt64 = 1
  /// Messages from the store in the session's format, for a cursor that is outside the window.
  var page: Segment?
  /// The first sequence that the session may be sent, where its token does not grant history; 0: all.
  var firstGranted: UInt64
  /// ``next`` as the session was told when the cursor opened, or by a heartbeat.
  var announced: UInt64 = 1

  init(
    session: Session, replica: Replica, start: Start, announcement: Announcement, firstGranted: UInt64
  ) {
    self.session = session
    self.firstGranted = firstGranted
    self.replica = replica
    self.state = .opening(start)
    announcements = [announcement]
  }

  /// The page, if it has this message.
  func page(holding sequence: UInt64) -> Segment? {
    guard let page, page.firstSequence <= sequence, sequence <= page.lastSequence else { return nil }
    return page
  }

  /// The next message is in memory.
  var hasNext: Bool { page(holding: next) != nil || replica.tail.window.segment(holding: next) != nil }

  var isAtTail: Bool { next > replica.tail.lastSequence }

  /// Messages of the log that the session has not got.
  var lag: UInt64 {
    let end = replica.tail.lastSequence &+ 1
    return isOpening || next >= end ? 0 : end &- next
  }
}
