import DequeModule

/// One log of a ``StoreContents``.
struct StoredLog {
  let conversation: ConversationID
  let epoch: UInt64
  var members: [UserID: StoredMember] = [:]
  private(set) var lastSequence: UInt64 = 0
  /// Time of the last message; 0: none.
  private(set) var lastTime: Int64 = 0
  /// Encoded for delivery.
  private var messages: Deque<[UInt8]> = []
  private var known: [MessageKey: (sequence: UInt64, time: Int64)] = [:]

  init(conversation: ConversationID, epoch: UInt64) {
    self.conversation = conversation
    self.epoch = epoch
  }

  /// The sequence of `messages[0]`, if there is one.
  private var firstSequence: UInt64 { lastSequence - UInt64(messages.count) + 1 }

  var state: LogState {
    LogState(
      epoch: epoch, firstSequence: lastSequence == 0 ? 0 : firstSequence, lastSequence: lastSequence,
      members: UInt32(clamping: members.count))
  }

  mutating func append(_ new: NewMessage) -> AppendOutcome.Place {
    let key = MessageKey(sender: new.sender, id: new.clientMessageID)
    if let original = known[key] {
      return .duplicate(sequence: original.sequence, time: original.time)
    }
    lastSequence += 1
    lastTime = new.time
    var frame = [UInt8](repeating: 0, count: new.byteCount)
    frame.withUnsafeMutableBytes { new.encode(sequence: lastSequence, into: $0) }
    messages.append(frame)
    if !new.clientMessageID.isEmpty { known[key] = (lastSequence, new.time) }
    return .stored(sequence: lastSequence)
  }

  /// Has no effect for a user who is no member.
  /// - Returns: where the marks are now; nil if they have not moved.
  mutating func move(_ mark: Mark) -> Mark? {
    guard var member = members[mark.user] else { return nil }
    let before = member
    let (delivered, read) = mark.limited(to: lastSequence)
    member.delivered = max(member.delivered, delivered)
    member.read = max(member.read, read)
    members[mark.user] = member
    guard member != before else { return nil }
    return Mark(
      conversation: mark.conversation, user: mark.user, delivered: member.delivered, read: member.read)
  }

  func members(after name: String?, limit: Int) -> [StoredMember] {
    let found = members.values.filter { name.map($0.user.name.isBehind) ?? true }
    return Array(found.sorted { $0.user < $1.user }.prefix(max(0, limit)))
  }

  mutating func deleteMessages(through sequence: UInt64) {
    guard !messages.isEmpty, sequence >= firstSequence else { return }
    messages.removeFirst(Int(clamping: min(sequence, lastSequence) - firstSequence + 1))
  }

  func page(_ query: PageQuery) -> Segment? {
    let most = max(0, query.messages)
    switch query.bound {
    case .after(let sequence):
      guard sequence < lastSequence else { return nil }
      let start = sequence < firstSequence ? 0 : Int(clamping: sequence - firstSequence + 1)
      let count = Self.count(messages[start...].prefix(most), bytes: query.bytes)
      return segment(start..<start + count)
    case .before(let sequence):
      guard sequence > firstSequence else { return nil }
      let end = Int(clamping: min(sequence - firstSequence, UInt64(messages.count)))
      let count = Self.count(messages[..<end].suffix(most).reversed(), bytes: query.bytes)
      return segment(end - count..<end)
    }
  }

  /// How many there are with the first, until they pass the limit.
  private static func count(_ frames: some Sequence<[UInt8]>, bytes: Int) -> Int {
    var count = 0
    var size = 0
    for frame in frames {
      size += frame.count
      if size > bytes && count > 0 { break }
      count += 1
    }
    return count
  }

  private func segment(_ range: Range<Int>) -> Segment? {
    guard !range.isEmpty else { return nil }
    var buffer = FrameBuffer()
    var ends = ShortList<Int>()
    for frame in messages[range] {
      frame.withUnsafeBytes { buffer.append($0) }
      ends.append(buffer.count)
    }
    return Segment(
      buffer.readable, firstSequence: firstSequence + UInt64(range.lowerBound), ends: ends)
  }
}

/// Compares by bytes, as databases do: for a `String`, differently composed characters are equal.
private struct MessageKey: Hashable {
  let sender: UserID
  let id: String

  static func == (left: MessageKey, right: MessageKey) -> Bool {
    left.sender == right.sender && left.id.utf8.elementsEqual(right.id.utf8)
  }

  func hash(into hasher: inout Hasher) {
    hasher.combine(sender)
    for byte in id.utf8 { hasher.combine(byte) }
  }
}

extension String {
  /// In byte order.
  func isBehind(_ other: String) -> Bool { other.utf8.lexicographicallyPrecedes(utf8) }
}
