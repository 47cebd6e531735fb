/// A conversation as one loop knows it. Confined to the loop.
final class Conversation {
  let id: ConversationID
  /// The loop that orders it.
  let owner: Int
  /// False: sequences count in memory, and what has left the window is gone.
  let isStored: Bool
  /// On the owner loop, while it is used.
  var log: ConversationLog?
  /// While sessions of this loop follow.
  var replica: Replica?
  /// Nobody used it any more. If it is used again, there is another object for it.
  var isForgotten = false
  /// What this tick has brought for it.
  var openBatch = OpenBatch()

  init(id: ConversationID, owner: Int, isStored: Bool) {
    self.id = id
    self.owner = owner
    self.isStored = isStored
  }

  var isUnused: Bool { log == nil && replica == nil && openBatch.isEmpty }
}
