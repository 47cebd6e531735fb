/// Names a session on its loop: a slot, and how often the slot was given out, so that what belongs to an
/// earlier session of the same slot is recognised.
public struct SessionID: Hashable, Sendable {
  /// Index in the loop's table; small numbers are used again first.
  public let slot: UInt32
  /// Counts the sessions that had the slot.
  public let generation: UInt32

  /// No client's; see ``Session/service()``.
  static let service = SessionID(slot: .max, generation: 0)
}
