import CMalloc

/// How the C library's allocator takes memory from the system.
enum AllocatorSettings {
  /// Taken at once when a heap grows.
  private static let grownBytes: CInt = 1 << 20
  /// Free memory at the end of a heap that is kept.
  private static let keptBytes: CInt = 16 << 20

  /// From this size on a piece has pages of its own, which are given back at once.
  private static let apartBytes: CInt = 4 << 20

  /// Makes heaps grow and shrink in larger steps.
  ///
  /// By default glibc asks the kernel for every few pages of a thread's heap, and gives them back as soon as
  /// they are free: with small messages that was a system call for every tenth of them.
  static func apply() {
    cmalloc_set_steps(grownBytes, keptBytes, apartBytes)
  }
}
