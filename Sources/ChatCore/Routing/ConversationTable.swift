/// The conversations of one loop, by name.
struct ConversationTable {
  private var table: [Key: Conversation] = [:]

  var count: Int { table.count }

  /// O(conversations).
  var all: some Collection<Conversation> { table.values }

  /// O(length of the name).
  subscript(name: String) -> Conversation? {
    get { table[.text(name)] }
    set { table[.text(name)] = newValue }
  }

  /// The one whose name has these bytes. O(length of the name), and no text is made of them.
  subscript(bytes: UnsafeRawBufferPointer) -> Conversation? { table[.bytes(bytes)] }

  /// A name.
  private enum Key: Hashable {
    case text(String)
    /// Only to look something up; never kept.
    case bytes(UnsafeRawBufferPointer)

    static func == (one: Key, other: Key) -> Bool {
      one.withBytes { one in
        other.withBytes { other in one.hasSameBytes(as: other) }
      }
    }

    func hash(into hasher: inout Hasher) {
      withBytes { hasher.combine(bytes: $0) }
    }

    private func withBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
      switch self {
      case .bytes(let bytes): return body(bytes)
      case .text(let text):
        if let result = text.utf8.withContiguousStorageIfAvailable({ body(UnsafeRawBufferPointer($0)) }) {
          return result
        }
        return Array(text.utf8).withUnsafeBytes(body)
      }
    }
  }
}
