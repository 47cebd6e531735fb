/// What a broker has done since its start, and what it holds now.
package struct BrokerStatistics: Sendable, Hashable {
  /// How long commits took, of the last ten seconds; ``count`` since the start.
  package struct Latency: Sendable, Hashable {
    /// How many there were.
    package var count: UInt64 = 0
    /// Half of them took at most this many milliseconds.
    package var p50: Double = 0
    /// 99 of 100 took at most this many milliseconds.
    package var p99: Double = 0
    /// The longest, in milliseconds.
    package var maximum: Double = 0

    /// Nothing measured.
    package init() {}
  }

  /// A conversation that many follow or write to.
  package struct TopConversation: Sendable, Hashable {
    /// Its name.
    package var conversation: String
    /// Sessions that follow it.
    package var followers: Int
    /// Published since the start.
    package var messages: UInt64

    /// Makes a description.
    package init(conversation: String, followers: Int, messages: UInt64) {
      self.conversation = conversation
      self.followers = followers
      self.messages = messages
    }
  }

  // MARK: Now

  /// When this was taken: milliseconds since 1970.
  package var time: Int64 = 0
  /// Open sessions.
  package var sessions = 0
  /// Users with a session.
  package var users = 0
  /// Conversations in memory.
  package var activeConversations = 0
  /// Bytes of all windows.
  package var windowBytes = 0
  /// Sessions for which something waits.
  package var laggingSessions = 0

  // MARK: Since the start

  /// Frames from clients.
  package var framesReceived: UInt64 = 0
  /// Frames from clients that were refused.
  package var framesRefused: UInt64 = 0
  /// Messages that were accepted.
  package var messagesPublished: UInt64 = 0
  /// Messages that were sent, one for each session.
  package var deliveries: UInt64 = 0
  /// Bytes to clients.
  package var bytesSent: UInt64 = 0
  /// Writes to sockets.
  package var flushes: UInt64 = 0
  /// `Gap` frames.
  package var gaps: UInt64 = 0
  /// Pages that came from the store.
  package var pagesRead: UInt64 = 0
  /// How often a limit was hit, by its name.
  package var limitsHit: [String: UInt64] = [:]
  /// How long publishes took.
  package var publishLatency = Latency()
  /// Those that most follow, first.
  package var topConversations: [TopConversation] = []

  /// All zero.
  package init() {}
}
