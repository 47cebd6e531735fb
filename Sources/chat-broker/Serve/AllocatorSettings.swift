import CMalloc

/// How the C library's allocator takes memory from the system.
enum AllocatorSettings {
  /// Taken at once when the main thread's heap grows, or another thread gets one.
  private static let grownBytes: CInt = 1 << 20
  /// Free memory at the end of a heap that is kept.
  private static let keptBytes: CInt = 16 << 20

  /// From this size on a piece has pages of its own, which are given back at once.
  private static let apartBytes: CInt = 4 << 20

  /// Makes heaps change in larger steps.
  ///
  /// By default glibc gives pages at the end of a heap back as soon as they are free, and asks for them again with the
  /// next message. How the heaps of loops grow, `HeapGrowth` of `ChatServer` decides, whose pieces these settings keep in the
  /// heap.
  static func apply() {
    cmalloc_set_steps(grownBytes, keptBytes, apartBytes)
  }
}
