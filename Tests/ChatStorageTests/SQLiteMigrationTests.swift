import ChatCore
import ChatStorage
import Testing

/// Files of older versions are brought up to date when they are opened.
struct SQLiteMigrationTests {
  /// As version 2 made it. It stays as it is.
  private static let version2 = """
    CREATE TABLE meta(key TEXT NOT NULL PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
    CREATE TABLE conversation(
      id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, kind INTEGER NOT NULL, epoch INTEGER NOT NULL,
      first_sequence INTEGER NOT NULL, last_sequence INTEGER NOT NULL, last_time INTEGER NOT NULL,
      members INTEGER NOT NULL);
    CREATE TABLE run(
      id INTEGER PRIMARY KEY, conversation INTEGER NOT NULL, first_sequence INTEGER NOT NULL,
      count INTEGER NOT NULL, frames BLOB NOT NULL);
    CREATE TABLE run_index(
      conversation INTEGER NOT NULL, first_sequence INTEGER NOT NULL, run INTEGER NOT NULL,
      PRIMARY KEY(conversation, first_sequence)) WITHOUT ROWID;
    CREATE TABLE recent_run(
      conversation INTEGER NOT NULL, first_sequence INTEGER NOT NULL, run INTEGER NOT NULL,
      PRIMARY KEY(conversation, first_sequence)) WITHOUT ROWID;
    CREATE TABLE client_message(
      client_message_id TEXT NOT NULL, conversation INTEGER NOT NULL, sender TEXT NOT NULL,
      sequence INTEGER NOT NULL, time INTEGER NOT NULL,
      PRIMARY KEY(client_message_id, conversation, sender)) WITHOUT ROWID;
    CREATE TABLE member(
      user TEXT NOT NULL, conversation INTEGER NOT NULL, delivered INTEGER NOT NULL,
      joined INTEGER NOT NULL, PRIMARY KEY(user, conversation)) WITHOUT ROWID;
    INSERT INTO meta VALUES ('epoch', 77);
    INSERT INTO conversation VALUES
      (1, 'group:g', 2, 77, 4, 3, 50, 2), (2, 'direct:a:b', 1, 77, 10, 9, 60, 2);
    INSERT INTO client_message VALUES ('id', 1, 'a', 3, 50);
    INSERT INTO member VALUES ('b', 1, 2, 40), ('a', 1, 3, 30), ('a', 2, 9, 0), ('b', 2, 5, 0);
    PRAGMA application_id = 0x43686174;
    PRAGMA user_version = 2;
    """

  @Test func `a file of version 2 keeps what it has, and nothing in it counts as read`() async throws {
    let directory = try TemporaryDirectory()
    try execute(Self.version2, at: directory.store)
    let store = try SQLiteStore(path: directory.store)
    #expect(store.epoch == 77)
    let (a, b) = (try UserID("a"), try UserID("b"))
    let (group, direct) = (try ConversationID("group:g"), ConversationID.direct(a, b))
    let logs = [
      LogState(epoch: 77, firstSequence: 4, lastSequence: 3, members: 2),
      LogState(epoch: 77, firstSequence: 10, lastSequence: 9, members: 2),
    ]
    #expect(
      try await store.memberships(a) == [
        Membership(conversation: group, log: logs[0], delivered: 3),
        Membership(
          conversation: direct, log: logs[1], delivered: 9, peer: Membership.Peer(delivered: 5, read: 0)),
      ])
    #expect(
      try await store.members(group) == [
        StoredMember(user: a, delivered: 3, read: 0, joined: 30),
        StoredMember(user: b, delivered: 2, read: 0, joined: 40),
      ])
    let outcome = try await store.append([message("a", id: "id"), message("a", "new")], to: group)
    #expect(outcome.places == [.duplicate(sequence: 3, time: 50), .stored(sequence: 4)])
    _ = try await store.write([.mark([Mark(conversation: group, user: b, read: 4)])])
    await store.close()

    let again = try SQLiteStore(path: directory.store)
    #expect(try await again.members(group, after: "a")?.map(\.read) == [4])
    await again.close()
    #expect(try Connection(directory.store).numbers("PRAGMA user_version") == [4])
  }

  @Test func `a file that was brought up to date has the tables of a new one`() async throws {
    let (old, new) = (try TemporaryDirectory(), try TemporaryDirectory())
    try execute(Self.version2, at: old.store)
    for path in [old.store, new.store] { await (try SQLiteStore(path: path)).close() }
    let count = "SELECT count(*) FROM sqlite_schema"
    #expect(try Connection(old.store).numbers(count) == Connection(new.store).numbers(count))
    let connection = try Connection(old.store)
    try connection.execute("ATTACH '\(new.store)' AS fresh")
    let different =
      "SELECT count(*) FROM sqlite_schema AS o JOIN fresh.sqlite_schema AS n USING (name) WHERE o.sql <> n.sql"
    #expect(try connection.numbers(different) == [0])
  }

  @Test func `a migration that fails leaves the file as it was`() async throws {
    let directory = try TemporaryDirectory()
    try execute(Self.version2, at: directory.store)
    // Stands in the way of the migration's second statement.
    try execute("CREATE TABLE member_of_conversation(x)", at: directory.store)
    #expect(await openingError(directory.store) != nil)
    let connection = try Connection(directory.store)
    #expect(try connection.numbers("PRAGMA user_version") == [2])
    #expect(try connection.numbers("SELECT count(*) FROM pragma_table_info('member')") == [4])
  }

  @Test func `a file of version 1, which was never released, is refused`() async throws {
    let directory = try TemporaryDirectory()
    try execute(Self.version2, at: directory.store)
    try execute("PRAGMA user_version = 1", at: directory.store)
    #expect(await openingError(directory.store)?.code == .version)
  }
}
