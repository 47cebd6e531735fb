import ChatCore

/// Reads how far one member is. Used by one thread.
final class MarkReader {
  private let find: Statement

  init(database: Database) throws(SQLiteFailure) {
    find = try database.prepare("SELECT delivered, read FROM member WHERE user = ?1 AND conversation = ?2")
  }

  /// - Parameter key: of the conversation in the tables.
  /// - Returns: nil if the user is no member.
  func marks(of user: UserID, in key: Int64) throws(SQLiteFailure) -> Membership.Peer? {
    try find.bind(1, user.name)
    try find.bind(2, key)
    defer { find.reset() }
    guard try find.step() else { return nil }
    return Membership.Peer(delivered: find.unsigned(at: 0), read: find.unsigned(at: 1))
  }
}
