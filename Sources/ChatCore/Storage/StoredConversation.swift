/// A conversation as it stands in the store.
public struct StoredConversation: Hashable, Sendable {
  /// Its name and kind.
  public var conversation: ConversationID
  /// Its log.
  public var log: LogState

  /// Makes a value.
  public init(conversation: ConversationID, log: LogState) {
    self.conversation = conversation
    self.log = log
  }
}
