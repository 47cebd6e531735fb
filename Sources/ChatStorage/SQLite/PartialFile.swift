import ChatCore

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// A file beside its target that takes the target's name when it is whole.
///
/// What a process that was ended left of one is written over by the next; two at once are kept apart by a lock.
struct PartialFile: ~Copyable {
  let path: String
  private let target: String
  private let descriptor: Int32

  /// Makes it, empty, for this user only.
  init(target: String) throws(StoreError) {
    self.target = target
    path = target + ".partial"
    descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard descriptor >= 0 else {
      throw StoreError(
        .io, "cannot make \(path) (\(systemErrorText(errno))): name a file in a directory that may be written"
      )
    }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      _ = close(descriptor)
      throw StoreError(
        .locked, "\(path) is being written by another process: wait for it, or name another file")
    }
    guard ftruncate(descriptor, 0) == 0 else {
      let reason = systemErrorText(errno)
      _ = close(descriptor)
      throw StoreError(.io, "cannot empty \(path) (\(reason)): remove it, or name another file")
    }
  }

  deinit { _ = close(descriptor) }

  /// Makes it durable, and gives it the target's name.
  func finish() throws(StoreError) {
    guard fsync(descriptor) == 0 else { throw failure("cannot be made durable") }
    guard rename(path, target) == 0 else { throw failure("cannot be renamed to \(target)") }
    guard Folder.sync(of: target) else { throw failure("has a name that cannot be made durable") }
  }

  func remove() { _ = unlink(path) }

  private func failure(_ what: String) -> StoreError {
    StoreError(.io, "\(path) \(what) (\(systemErrorText(errno))): look at the disk, then try again")
  }
}
