import CMemory

/// Asks the processor for memory that is needed a little later, so that nobody has to wait for it then.
///
/// Among thousands of conversations each one's memory is far away when its turn comes, and counting a reference to it
/// is a wait of some hundred nanoseconds, one after the other. What was asked for comes while other things are done.
/// It changes nothing but that.
enum Prefetch {
  private static let line = 64

  /// The first lines of an object, whose fields lie in memory in the order in which they are declared.
  ///
  /// - Parameter object: its identity, because with the object itself a reference would be counted.
  @inline(__always) static func object(_ object: ObjectIdentifier?, lines: Int) {
    guard let object, let start = UnsafeRawPointer(bitPattern: UInt(bitPattern: object)) else { return }
    for number in 0..<lines { cmemory_prefetch(start + number * line) }
  }
}
