import ChatCore

/// What the writer knows of a conversation.
struct ConversationRow {
  /// The key in the tables.
  let key: Int64
  var log: LogState
  /// Time of the last message; 0: none.
  var lastTime: Int64
  /// Differs from the row in the table.
  var isChanged = false
}

/// The rows that the writer used last, so that an append need not read one.
struct ConversationCache {
  private let capacity: Int
  // Two halves: when the first is full it becomes the second, and what was in the second is forgotten.
  // That keeps what is used, and takes constant time.
  private var recent: [ConversationID: ConversationRow] = [:]
  private var older: [ConversationID: ConversationRow] = [:]

  init(capacity: Int) {
    self.capacity = capacity
  }

  subscript(conversation: ConversationID) -> ConversationRow? {
    recent[conversation] ?? older[conversation]
  }

  mutating func insert(_ row: ConversationRow, for conversation: ConversationID) {
    guard capacity > 1 else { return }
    if recent.count >= capacity / 2 && recent[conversation] == nil {
      older = recent
      recent.removeAll(keepingCapacity: true)
    }
    recent[conversation] = row
  }

  mutating func removeAll() {
    recent = [:]
    older = [:]
  }
}
