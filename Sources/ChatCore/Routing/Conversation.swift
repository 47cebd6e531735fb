/// A conversation as one loop knows it. Confined to the loop.
final class Conversation {
  let id: ConversationID
  /// On the owner loop, while it is used.
  var log: ConversationLog?
  /// While sessions of this loop follow.
  var replica: Replica?
  /// What this tick has brought for it.
  var openBatch: OpenBatch?
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
