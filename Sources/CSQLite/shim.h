#include <sqlite3.h>

// SQLITE_STATIC and SQLITE_TRANSIENT are casts of integers to function pointers,
// which Swift does not import.
static inline int chat_sqlite_bind_static_text(
    sqlite3_stmt *statement, int index, const char *text, int length) {
  return sqlite3_bind_text(statement, index, text, length, SQLITE_STATIC);
}

static inline int chat_sqlite_bind_copied_text(
    sqlite3_stmt *statement, int index, const char *text, int length) {
  return sqlite3_bind_text(statement, index, text, length, SQLITE_TRANSIENT);
}

static inline int chat_sqlite_bind_static_blob(
    sqlite3_stmt *statement, int index, const void *bytes, int length) {
  return sqlite3_bind_blob(statement, index, bytes, length, SQLITE_STATIC);
}

// Syncs a file of a database, whichever connection has written it: SQLITE_FCNTL_FILE_POINTER is the database itself,
// SQLITE_FCNTL_JOURNAL_POINTER the write-ahead log.
static inline int chat_sqlite_sync(sqlite3 *database, int pointer) {
  sqlite3_file *file = 0;
  int code = sqlite3_file_control(database, "main", pointer, &file);
  if (code != SQLITE_OK) return code;
  if (file == 0 || file->pMethods == 0) return SQLITE_MISUSE;
  return file->pMethods->xSync(file, SQLITE_SYNC_FULL | SQLITE_SYNC_DATAONLY);
}

// The codes are macros that Swift does not import.
static inline int chat_sqlite_is_of_sync(int code) {
  return code == SQLITE_IOERR_FSYNC || code == SQLITE_IOERR_DIR_FSYNC;
}

// Its arguments are variable, so Swift cannot call it.
static inline void chat_sqlite_keep_journal(sqlite3 *database) {
  sqlite3_db_config(database, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, 0);
}
