import ChatCore

// What the tables hold, as ChatCore's types.
extension Statement {
  /// Reads epoch, first sequence, last sequence and members from four columns.
  func logState(at column: Int32) -> LogState {
    LogState(
      epoch: unsigned(at: column), firstSequence: unsigned(at: column + 1),
      lastSequence: unsigned(at: column + 2), members: UInt32(clamping: integer(at: column + 3)))
  }

  func conversation(at column: Int32) throws(SQLiteFailure) -> ConversationID {
    let name = text(at: column)
    guard let conversation = try? ConversationID(name) else {
      throw SQLiteFailure(kind: .corrupt, text: "\(name.debugDescription) is no conversation")
    }
    return conversation
  }

  func user(at column: Int32) throws(SQLiteFailure) -> UserID {
    let name = text(at: column)
    guard let user = try? UserID(name) else {
      throw SQLiteFailure(kind: .corrupt, text: "\(name.debugDescription) is no user")
    }
    return user
  }

  /// SQLite takes a negative limit for none.
  func bind(_ index: Int32, limit: Int) throws(SQLiteFailure) {
    try bind(index, Int64(max(0, limit)))
  }
}
