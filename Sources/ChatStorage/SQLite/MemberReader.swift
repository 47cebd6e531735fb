import ChatCore

/// Reads who is a member of what. Used by one thread.
final class MemberReader {
  private let findMemberships: Statement
  private let marks: MarkReader
  private let listMembers: Statement

  init(database: Database) throws(SQLiteFailure) {
    findMemberships = try database.prepare(
      """
      SELECT c.name, c.id, m.delivered, m.read, c.epoch, c.first_sequence, c.last_sequence, c.members
      FROM member AS m JOIN conversation AS c ON c.id = m.conversation
      WHERE m.user = ?1 ORDER BY c.last_time DESC, c.id DESC LIMIT ?2
      """)
    marks = try MarkReader(database: database)
    listMembers = try database.prepare(
      """
      SELECT user, delivered, read, joined FROM member
      WHERE conversation = ?1 AND user > ?2 ORDER BY user LIMIT ?3
      """)
  }

  func memberships(of user: UserID, limit: Int) throws(SQLiteFailure) -> [Membership] {
    try findMemberships.bind(1, user.name)
    try findMemberships.bind(2, limit: limit)
    defer { findMemberships.reset() }
    var newestFirst: [Membership] = []
    while try findMemberships.step() {
      let conversation = try findMemberships.conversation(at: 0)
      // While the rows are read, this sees the same state of the file. Groups pay nothing for it.
      let peer = try conversation.peer(of: user).flatMap { peer throws(SQLiteFailure) in
        try marks.marks(of: peer, in: findMemberships.integer(at: 1))
      }
      newestFirst.append(
        Membership(
          conversation: conversation, log: findMemberships.logState(at: 4),
          delivered: findMemberships.unsigned(at: 2), read: findMemberships.unsigned(at: 3), peer: peer))
    }
    return newestFirst.reversed()
  }

  func members(of key: Int64, after name: String?, limit: Int) throws(SQLiteFailure) -> [StoredMember] {
    try listMembers.bind(1, key)
    // No name is empty.
    try listMembers.bind(2, name ?? "")
    try listMembers.bind(3, limit: limit)
    defer { listMembers.reset() }
    var members: [StoredMember] = []
    while try listMembers.step() {
      members.append(
        StoredMember(
          user: try listMembers.user(at: 0), delivered: listMembers.unsigned(at: 1),
          read: listMembers.unsigned(at: 2), joined: listMembers.integer(at: 3)))
    }
    return members
  }
}
