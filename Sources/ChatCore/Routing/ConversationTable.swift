/// The conversations of one loop, by name.
struct ConversationTable {
  private var entries: Set<Entry> = []

  var count: Int { entries.count }

  /// O(conversations).
  var all: some Collection<Conversation> { entries.lazy.compactMap(\.conversation) }

  /// O(length of the name).
  subscript(name: String) -> Conversation? { name.withBytes { self[$0] } }

  /// The one whose name has these bytes. O(length of the name), and no text is made of them.
  subscript(name: UnsafeRawBufferPointer) -> Conversation? {
    entries.firstIndex(of: Entry(name: name)).flatMap { entries[$0].conversation }
  }

  /// Adds one whose name is not in the table.
  mutating func insert(_ conversation: Conversation) { entries.insert(Entry(conversation: conversation)) }

  mutating func remove(_ conversation: Conversation) { entries.remove(Entry(conversation: conversation)) }

  private struct Entry: Hashable {
    /// Nil only to look something up.
    var conversation: Conversation?
    /// Of what is looked up.
    var name = UnsafeRawBufferPointer(start: nil, count: 0)

    static func == (one: Entry, other: Entry) -> Bool {
      if let conversation = one.conversation {
        conversation === other.conversation || conversation.isNamed(other.name)
      } else if let conversation = other.conversation {
        conversation.isNamed(one.name)
      } else {
        one.name.hasSameBytes(as: other.name)
      }
    }

    func hash(into hasher: inout Hasher) {
      if let conversation {
        conversation.withName { hasher.combine(bytes: $0) }
      } else {
        hasher.combine(bytes: name)
      }
    }
  }
}
