import CMemory

extension UnsafeRawBufferPointer {
  /// Compares many bytes at a time, which `elementsEqual` does not. O(n).
  func hasSameBytes(as other: UnsafeRawBufferPointer) -> Bool {
    count == other.count && cmemory_equal(baseAddress, other.baseAddress, count)
  }
}

extension String {
  /// It is written with these bytes; texts that are equal may be composed differently. O(n).
  func hasBytes(_ bytes: UnsafeRawBufferPointer) -> Bool {
    withBytes { $0.hasSameBytes(as: bytes) }
  }

  /// Lends the UTF-8 for the duration of `body`.
  func withBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
    // Spares the copy that `withUTF8` wants; strings of Swift's own are always contiguous.
    if let result = utf8.withContiguousStorageIfAvailable({ body(UnsafeRawBufferPointer($0)) }) {
      return result
    }
    return Array(utf8).withUnsafeBytes(body)
  }
}
