package import ChatCore

/// A conversation as the HTTP API shows it.
package struct ConversationInfo: Sendable, Hashable {
  /// Its name and kind.
  package var id: ConversationID
  /// Identity of its log.
  package var epoch: UInt64
  /// The lowest sequence that the log still holds; 0: the log is empty.
  package var firstSequence: UInt64
  /// The highest sequence in the log; 0: the log is empty.
  package var lastSequence: UInt64
  /// 0 for broadcasts.
  package var members: Int

  /// Makes a description.
  package init(id: ConversationID, epoch: UInt64, firstSequence: UInt64, lastSequence: UInt64, members: Int) {
    self.id = id
    self.epoch = epoch
    self.firstSequence = firstSequence
    self.lastSequence = lastSequence
    self.members = members
  }
}

/// A member of a group or one of the two users of a direct conversation.
package struct MemberInfo: Sendable, Hashable {
  /// Who.
  package var user: UserID
  /// The last sequence that a device of the user has acknowledged.
  package var delivered: UInt64
  /// The last sequence that the user has read.
  package var read: UInt64

  /// Makes a description.
  package init(user: UserID, delivered: UInt64, read: UInt64) {
    self.user = user
    self.delivered = delivered
    self.read = read
  }
}
