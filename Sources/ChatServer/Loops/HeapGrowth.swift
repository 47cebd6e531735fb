/// Says when the heap of a loop's thread is to grow, so that it does so in large steps.
///
/// glibc takes the memory of a thread's heap from the kernel page by page, with a system call for each; its setting
/// for larger steps holds for the main thread alone. With small messages that is a call for every tenth of them, until
/// windows are full. A piece of the step's size has to be a part of the heap, and has to stay there when it is free:
/// `AllocatorSettings` of the program see to both.
struct HeapGrowth {
  /// By how much, in bytes.
  static let step = 1 << 20
  /// How much of it is for messages. What is around short ones takes half as much.
  static let stepOfWindows = step / 3 * 2

  /// The heap has room for so many bytes of messages.
  private var room = 0

  /// Whether it is to grow by ``step`` now.
  ///
  /// - Parameter windows: bytes of messages that the loop holds.
  mutating func isDue(windows: Int) -> Bool {
    guard windows > room else {
      // What was given back may have gone to the system.
      room = min(room, windows + Self.stepOfWindows)
      return false
    }
    room = windows + Self.stepOfWindows
    return true
  }
}
