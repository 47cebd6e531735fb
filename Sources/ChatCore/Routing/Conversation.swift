/// A conversation as one loop knows it. Confined to the loop.
final class Conversation {
  // What each message needs comes first, for the sake of caches
  private let front: NameFront
  /// As in ``id``, which lies further away.
  let kind: ConversationID.Kind
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
  let id: ConversationID
  /// Nobody used it any more. If it is used again, there is another object for it.
  var isForgotten = false

  init(id: ConversationID, owner: Int, isStored: Bool) {
    self.id = id
    kind = id.kind
    front = NameFront(id.name)
    self.owner = owner
    self.isStored = isStored
  }

  /// It has this name.
  func isNamed(_ name: UnsafeRawBufferPointer) -> Bool {
    front.isFront(of: name) && (front.isWhole || id.name.hasBytes(name))
  }

  /// Lends the name for the duration of `body`.
  func withName<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
    front.isWhole ? front.withBytes(body) : id.name.withBytes(body)
  }

  var isUnused: Bool { log == nil && replica == nil && openBatch == nil }

  /// Asks for the memory that the end of the tick needs of what it refers to.
  func prefetch() {
    Prefetch.object(log.map(ObjectIdentifier.init), lines: ConversationLog.linesInUse)
    Prefetch.object(replica.map(ObjectIdentifier.init), lines: Replica.linesInUse)
  }
}
