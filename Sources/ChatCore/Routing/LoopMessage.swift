/// What loops tell one another. Between two loops messages arrive in the order in which they were sent.
package enum LoopMessage: Sendable {
  // To a conversation's owner
  case publish(PublishBatch, to: ConversationID)
  case attach(ConversationID, UserID, loop: Int, number: UInt64)
  /// Asks where the log ends.
  case locate(ConversationID, loop: Int, number: UInt64)
  case detach(ConversationID, UserID, loop: Int)
  case changeMembership(MembershipRequest)
  /// The loop has handled a ``memberJoined``.
  case memberJoinedHandled(ConversationID)
  /// Something that is not stored, for all followers but this user's.
  case event(ServerFrame.Event, in: ConversationID, from: UserID)

  // From a conversation's owner
  /// Answers the attach or locate with this number; 0: the log was opened anew.
  case attached(ConversationID, LogState, number: UInt64)
  case appended(ConversationID, LogState, [Segment])
  case receipts([PublishReceipt])
  /// The users belong to the conversation from now on; each loop answers if `answer` is set.
  case memberJoined(Membership, [UserID], answer: Bool)
  case memberLeft(ConversationID, UserID)
  /// The group has so many members now: for its followers.
  case memberCount(ConversationID, UInt32)
  case eventForFollowers(ServerFrame.Event, in: ConversationID, from: UserID)
  case membershipAnswer(MembershipRequest, Result<Membership, ChatError>)

  // Between all loops
  /// Users have published so often.
  case spent([UserID: UInt64])
}

/// A session's wish to join or leave a group.
package struct MembershipRequest: Sendable {
  let conversation: ConversationID
  let user: UserID
  let joins: Bool
  let session: SessionID
  let requestID: UInt64
  /// The session's loop.
  let loop: Int
}
