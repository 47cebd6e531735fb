// What a loop gives back when the process is short of memory.
extension Router {
  /// Empties all windows: who is behind reads the store, so nothing is lost. Of conversations that are not stored
  /// the newest segment stays, and what was just appended waits for its flush. O(conversations).
  package mutating func shedWindows() {
    spareBatches.removeAll()
    for conversation in conversations.all {
      guard let replica = conversation.replica, !replica.isTouched, replica.tail.window.byteCount > 0 else {
        continue
      }
      let isStored = replica.isStored
      windowBytes += replica.tail.changeWindow { if isStored { $0.removeAll() } else { $0.trim(to: 0) } }
    }
  }
}
