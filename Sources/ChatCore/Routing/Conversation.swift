/// A conversation as one loop knows it. Confined to the loop.
final class Conversation {
  /// How many cache lines hold what each message needs: the fields up to ``isStored``, wherever the first line begins.
  static let linesInUse = 2

  // What each message needs comes first, for the sake of caches
  let id: ConversationID
  /// On the owner loop, while it is used.
  var log: ConversationLog?
  /// While sessions of this loop follow.
  var replica: Replica?
  /// What this tick has brought for it.
  var openBatch: PublishBatch?
  /// The loop that orders it.
  let owner: Int
  /// False: sequences count in memory, and what has left the window is gone.
  let isStored: Bool
  /// Nobody used it any more. If it is used again, there is another object for it.
  var isForgotten = false

  init(id: ConversationID, owner: Int, isStored: Bool) {
    self.id = id
    self.owner = owner
    self.isStored = isStored
  }

  var isUnused: Bool { log == nil && replica == nil && openBatch == nil }

  /// Asks for what the end of the tick will read of it.
  func prefetch() {
    Prefetch.object(log.map(ObjectIdentifier.init), lines: ConversationLog.linesInUse)
    Prefetch.object(replica.map(ObjectIdentifier.init), lines: Replica.linesInUse)
  }
}
