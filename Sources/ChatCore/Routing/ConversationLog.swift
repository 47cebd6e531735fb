/// A conversation as its owner loop has it: orders what is published, and hands it to the store if it is kept.
///
/// At most one append is with the store at a time. What arrives meanwhile waits, and goes together in the
/// next one.
final class ConversationLog {
  enum State: Hashable {
    /// The store was asked where the log ends.
    case opening
    /// The store could not say; it is asked again with the next tick.
    case retrying
    /// The end is known.
    case open
  }

  /// How many cache lines hold what each message needs: the fields up to ``published``, wherever the first line begins.
  static let linesInUse = 3

  // What each message needs comes first, for the sake of caches
  var log = LogState(epoch: 0, firstSequence: 0, lastSequence: 0, members: 0)
  /// Cursors on each loop. Changed as a whole, so that exclusive access to it need not be checked for each message.
  private(set) var followers: ShortList<Int>
  /// The last message's time; time never goes back within a log.
  var lastTime: Int64 = 0
  /// When it was used last; the loop's clock.
  var lastUse: UInt64 = 0
  /// Messages that got their places here.
  var published: UInt64 = 0

  var state: State = .opening
  let conversation: ConversationID
  /// Open cursors of each user, on all loops.
  var online: [UserID: Int] = [:]
  /// Published and not with the store yet.
  var waiting: [PublishBatch] = []
  var waitingMessages = 0
  /// Loops that wait to be told where the log ends.
  var unanswered: [(loop: Int, number: UInt64)] = []
  /// An append is with the store.
  var isCommitting = false
  /// When it was handed over, in nanoseconds since 1970.
  var submittedAt: UInt64 = 0
  /// Appends whose receipts wait until all loops have looked for sessions of the new conversation's users.
  var heldReceipts: [(batches: [PublishBatch], time: Int64, outcome: AppendOutcome)] = []
  var loopsToAnswer = 0
  /// A direct conversation may have been made without anybody having heard of it.
  var needsIntroduction = false

  init(conversation: ConversationID, loops: Int) {
    self.conversation = conversation
    followers = ShortList(repeatElement(0, count: loops))
  }

  /// Notes that a loop has so many more cursors. O(loops).
  func addFollowers(_ count: Int, on loop: Int) {
    var changed = followers
    changed[loop] += count
    followers = changed
  }

  /// What waits can go to the store.
  var isReady: Bool { state == .open && !isCommitting && !waiting.isEmpty }

  var isIdle: Bool {
    state == .open && !isCommitting && waiting.isEmpty && loopsToAnswer == 0 && online.isEmpty
      && followers.allSatisfy { $0 == 0 }
  }

  /// What the publisher of a message is told.
  ///
  /// - Parameters:
  ///   - index: the message's place among those that were published together.
  ///   - isMember: an operator publishes to groups for users who may be no members.
  func receipt(
    for index: Int, of published: borrowing PublishBatch.Contents, _ place: AppendOutcome.Place,
    time committed: Int64,
    isMember: Bool = true
  ) -> PublishReceipt {
    let entry = published.entries[index]
    var placed: PublishReceipt.Placed
    switch place {
    case .stored(let sequence):
      placed = PublishReceipt.Placed(sequence: sequence, time: committed, duplicate: false)
    case .duplicate(let sequence, let time):
      placed = PublishReceipt.Placed(sequence: sequence, time: time, duplicate: true)
    }
    if entry.origin.wantsAnswer {
      let online = recipientsOnline(besides: published.authors[index].sender)
      placed.recipientsOnline = online
      // Who has left a moment ago may still be online.
      placed.recipientsTotal = max(online, recipientsTotal(online: online, isMember: isMember))
    }
    return PublishReceipt(origin: entry.origin, bytes: entry.layout.frame.count, result: .success(placed))
  }

  /// Users other than `sender` who have a session that follows.
  // Else exclusive access would be checked for messages that want no answer, too.
  @inline(never)
  func recipientsOnline(besides sender: UserID) -> UInt32 {
    UInt32(clamping: online.count - (online[sender] == nil ? 0 : 1))
  }

  /// Users other than the sender whom the message reaches now or later.
  private func recipientsTotal(online: UInt32, isMember: Bool) -> UInt32 {
    switch conversation.kind {
    case .direct, .group: isMember && log.members > 0 ? log.members - 1 : log.members
    case .broadcast: online
    }
  }
}
