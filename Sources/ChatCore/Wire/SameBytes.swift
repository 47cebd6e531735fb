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
    if let isSame = utf8.withContiguousStorageIfAvailable({
      UnsafeRawBufferPointer($0).hasSameBytes(as: bytes)
    }) {
      return isSame
    }
    return utf8.elementsEqual(bytes)
  }
}
