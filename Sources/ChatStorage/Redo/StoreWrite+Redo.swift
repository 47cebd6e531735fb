import ChatCore

extension StoreWrite {
  private enum Kind {
    static let append: UInt64 = 1
    static let join: UInt64 = 2
    static let leave: UInt64 = 3
    static let mark: UInt64 = 4
    static let probe: UInt64 = 5
  }

  /// Adds what it takes to do this again.
  func encode(into encoder: inout RedoEncoder) {
    switch self {
    case .append(let conversation, let messages):
      encoder.add(Kind.append)
      encoder.add(conversation.name)
      encoder.add(UInt64(messages.count))
      // In place: an iterator hands out copies, which count references.
      for index in messages.indices { messages[index].encode(into: &encoder) }
    case .join(let conversation, let user, let time):
      encoder.add(Kind.join)
      encoder.add(conversation.name)
      encoder.add(user.name)
      encoder.add(UInt64(bitPattern: time))
    case .leave(let conversation, let user):
      encoder.add(Kind.leave)
      encoder.add(conversation.name)
      encoder.add(user.name)
    case .mark(let marks):
      encoder.add(Kind.mark)
      encoder.add(UInt64(marks.count))
      for mark in marks {
        encoder.add(mark.conversation.name)
        encoder.add(mark.user.name)
        encoder.add(mark.delivered)
        encoder.add(mark.read)
      }
    case .probe: encoder.add(Kind.probe)
    }
  }

  init(from decoder: inout RedoDecoder) throws(SQLiteFailure) {
    switch try decoder.unsigned() {
    case Kind.append:
      let conversation = try decoder.conversation()
      var messages: [NewMessage] = []
      for _ in 0..<(try decoder.count()) { messages.append(try NewMessage(from: &decoder)) }
      self = .append(conversation: conversation, messages: messages)
    case Kind.join:
      self = .join(
        conversation: try decoder.conversation(), user: try decoder.user(), time: try decoder.signed())
    case Kind.leave: self = .leave(conversation: try decoder.conversation(), user: try decoder.user())
    case Kind.mark:
      var marks: [Mark] = []
      for _ in 0..<(try decoder.count()) {
        marks.append(
          Mark(
            conversation: try decoder.conversation(), user: try decoder.user(),
            delivered: try decoder.unsigned(), read: try decoder.unsigned()))
      }
      self = .mark(marks)
    case Kind.probe: self = .probe
    case let other: throw SQLiteFailure(kind: .corrupt, text: "the redo log has a write of kind \(other)")
    }
  }
}

extension NewMessage {
  fileprivate func encode(into encoder: inout RedoEncoder) {
    let count =
      RedoEncoder.size(of: sender.name) + RedoEncoder.size(of: clientMessageID)
      + 2 * RedoEncoder.numberBytes + byteCount
    encoder.add(count: count) { writer in
      writer.add(sender.name)
      writer.add(clientMessageID)
      writer.add(time)
      // Without its sequence, which appending again finds again.
      writer.add(count: byteCount) { encode(sequence: 0, into: $0) }
    }
  }

  fileprivate init(from decoder: inout RedoDecoder) throws(SQLiteFailure) {
    let sender = try decoder.user()
    let id = try decoder.text()
    let time = try decoder.signed()
    guard
      let message = NewMessage(sender: sender, clientMessageID: id, time: time, frame: try decoder.slice())
    else { throw SQLiteFailure(kind: .corrupt, text: "the redo log has a message that is none") }
    self = message
  }
}

extension RedoDecoder {
  fileprivate mutating func conversation() throws(SQLiteFailure) -> ConversationID {
    let name = try text()
    guard let conversation = try? ConversationID(name) else {
      throw SQLiteFailure(kind: .corrupt, text: "\(name.debugDescription) is no conversation")
    }
    return conversation
  }

  fileprivate mutating func user() throws(SQLiteFailure) -> UserID {
    let name = try text()
    guard let user = try? UserID(name) else {
      throw SQLiteFailure(kind: .corrupt, text: "\(name.debugDescription) is no user")
    }
    return user
  }
}
