/// A promise that the broker broke.
enum Violation: Hashable, Sendable {
  /// An acknowledged message is not in history.
  case lost(body: String, conversation: String, sequence: UInt64)
  /// An acknowledged message is in history, but not where the acknowledgement said.
  case moved(body: String, conversation: String, acknowledged: UInt64, stored: UInt64)
  /// Two acknowledgements of one message name different sequences.
  case acknowledgedTwice(body: String, conversation: String, first: UInt64, second: UInt64)
  /// History has one message twice.
  case storedTwice(body: String, conversation: String, first: UInt64, second: UInt64)
  /// History has a message that no publisher wrote.
  case foreign(body: String, conversation: String, sequence: UInt64)
  /// History has no message at these sequences.
  case hole(conversation: String, from: UInt64, to: UInt64)
  /// History gave a sequence that is not above the one before.
  case unordered(conversation: String, sequence: UInt64, after: UInt64)
  /// A publisher waits for each acknowledgement, but a later message of its has the lower sequence.
  case publisherOrder(publisher: String, conversation: String, counter: Int, after: Int)
  /// The subscriber was not given these sequences.
  case skipped(subscriber: String, conversation: String, from: UInt64, to: UInt64)
  /// The subscriber was given a sequence that it had, or one below it.
  case repeated(subscriber: String, conversation: String, sequence: UInt64, after: UInt64)
  /// The subscriber was told of a gap, though nothing was ever deleted.
  case gap(subscriber: String, conversation: String, from: UInt64, to: UInt64)
  /// The subscriber was given another message than history has; `nil`: history has none.
  case different(subscriber: String, conversation: String, sequence: UInt64, seen: String, stored: String?)
}

extension Violation: CustomStringConvertible {
  var description: String {
    switch self {
    case .lost(let body, let conversation, let sequence):
      "lost: \(conversation) acknowledged \(body) at \(sequence), but history does not have it"
    case .moved(let body, let conversation, let acknowledged, let stored):
      "moved: \(conversation) acknowledged \(body) at \(acknowledged), but history has it at \(stored)"
    case .acknowledgedTwice(let body, let conversation, let first, let second):
      "acknowledged twice: \(conversation) acknowledged \(body) at \(first) and at \(second)"
    case .storedTwice(let body, let conversation, let first, let second):
      "stored twice: \(conversation) has \(body) at \(first) and at \(second)"
    case .foreign(let body, let conversation, let sequence):
      "foreign: \(conversation) has \(body) at \(sequence), which nobody published"
    case .hole(let conversation, let from, let to):
      "hole: \(conversation) has nothing at \(from)...\(to)"
    case .unordered(let conversation, let sequence, let after):
      "unordered: history of \(conversation) gave \(sequence) after \(after)"
    case .publisherOrder(let publisher, let conversation, let counter, let after):
      "publisher order: \(conversation) has \(publisher):\(counter) after \(publisher):\(after)"
    case .skipped(let subscriber, let conversation, let from, let to):
      "skipped: \(subscriber) was not given \(from)...\(to) of \(conversation)"
    case .repeated(let subscriber, let conversation, let sequence, let after):
      "repeated: \(subscriber) was given \(sequence) of \(conversation) after \(after)"
    case .gap(let subscriber, let conversation, let from, let to):
      "gap: \(subscriber) was told that \(from)...\(to) of \(conversation) is gone"
    case .different(let subscriber, let conversation, let sequence, let seen, let stored):
      "different: \(subscriber) was given \(seen) at \(sequence) of \(conversation), "
        + "but history has \(stored ?? "nothing")"
    }
  }
}
