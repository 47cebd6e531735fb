import CSQLite
import Testing

/// Another program's access to a SQLite file.
final class Connection {
  private var handle: OpaquePointer?

  init(_ path: String) throws {
    try #require(sqlite3_open(path, &handle) == SQLITE_OK)
  }

  deinit { sqlite3_close(handle) }

  func execute(_ sql: String) throws {
    let code = sqlite3_exec(handle, sql, nil, nil, nil)
    try #require(code == SQLITE_OK, "\(String(cString: sqlite3_errmsg(handle)))")
  }
}

func execute(_ sql: String, at path: String) throws {
  try Connection(path).execute(sql)
}
