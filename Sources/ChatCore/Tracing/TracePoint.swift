/// A publish that is traced, on its way through the broker.
package struct PublishTrace: Sendable, Hashable {
  /// The span of the publish; those of its parts are below it.
  package let context: TraceContext
  /// What the publisher has sent; nil: the trace begins here.
  package let parent: TraceContext?
  /// When the publish was read, in nanoseconds since 1970.
  package let receivedAt: UInt64
}

/// What became of publishes that are traced. Times are in nanoseconds since 1970; the end is when the driver hears of it.
package enum TracePoint: Sendable {
  /// All that the owner of the conversation did for them.
  case published([PublishTrace], Outcome)
  /// They were handed to the sockets of one loop's sessions.
  case flushed([PublishTrace], since: UInt64, loop: Int, sessions: Int)

  /// How an append went.
  package struct Outcome: Sendable {
    package let conversation: ConversationID
    /// Of the owner.
    package let loop: Int
    /// In the whole append, traced or not.
    package var messages: Int
    /// When they were handed to the store; nil: never.
    package var submittedAt: UInt64?
    /// When the store has answered, or without a store when they were ordered.
    package var decidedAt: UInt64
    /// The log's last sequence then.
    package var lastSequence: UInt64 = 0
    /// Why they were refused; nil: they are in the log.
    package var failure: ErrorCode?
  }
}
