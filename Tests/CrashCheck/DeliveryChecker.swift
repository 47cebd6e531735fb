/// Decides whether what was observed keeps the promises of the broker.
///
/// - every acknowledged message is in history exactly once, at the sequence acknowledged;
/// - history is 1, 2, 3 … without holes, and keeps the order of each publisher;
/// - every subscriber has seen each sequence of history exactly once, in order, with the same body.
///
/// A message without an acknowledgement may be in history, once, or not. History must be recorded as a whole,
/// from its first page to its last; everything else in the order in which each observer saw it.
struct DeliveryChecker: Sendable {
  private struct Place: Hashable {
    let sequence: UInt64
    let body: String
  }

  private struct Acknowledgement: Hashable {
    let sequence: UInt64
    let body: MessageBody
  }

  private struct Observed {
    var acknowledged: [Acknowledgement] = []
    var stored: [Place] = []
    var seen: [String: [Place]] = [:]
  }

  private var conversations: [String: Observed] = [:]
  private var gaps: [Violation] = []

  /// How many messages were acknowledged.
  private(set) var acknowledgedCount = 0
  /// How many messages subscribers were given.
  private(set) var seenCount = 0
  /// How many messages history has.
  private(set) var storedCount = 0

  /// Adds an observation.
  mutating func record(_ event: DeliveryEvent) {
    switch event {
    case .acknowledged(let publisher, let counter, let conversation, let sequence):
      let body = MessageBody(publisher: publisher, counter: counter)
      conversations[conversation, default: Observed()].acknowledged.append(
        Acknowledgement(sequence: sequence, body: body))
      acknowledgedCount += 1
    case .following(let subscriber, let conversation):
      conversations[conversation, default: Observed()].seen[subscriber, default: []] += []
    case .seen(let subscriber, let conversation, let sequence, let body):
      conversations[conversation, default: Observed()].seen[subscriber, default: []].append(
        Place(sequence: sequence, body: body))
      seenCount += 1
    case .gap(let subscriber, let conversation, let from, let to):
      gaps.append(.gap(subscriber: subscriber, conversation: conversation, from: from, to: to))
    case .stored(let conversation, let sequence, let body):
      conversations[conversation, default: Observed()].stored.append(Place(sequence: sequence, body: body))
      storedCount += 1
    }
  }

  /// The last sequence that the subscriber was given of the conversation; 0: none.
  func lastSeen(by subscriber: String, in conversation: String) -> UInt64 {
    conversations[conversation]?.seen[subscriber]?.last?.sequence ?? 0
  }

  /// All broken promises, in a fixed order.
  func violations() -> [Violation] {
    var found = gaps
    for (name, observed) in conversations.sorted(by: { $0.key < $1.key }) {
      found += Self.historyViolations(observed.stored, in: name)
      found += Self.acknowledgementViolations(observed, in: name)
      for (subscriber, places) in observed.seen.sorted(by: { $0.key < $1.key }) {
        found += Self.subscriberViolations(places, stored: observed.stored, of: subscriber, in: name)
      }
    }
    return found
  }

  private static func historyViolations(_ stored: [Place], in conversation: String) -> [Violation] {
    var found: [Violation] = []
    var last: UInt64 = 0
    var sequences: [String: UInt64] = [:]
    var counters: [String: Int] = [:]
    for place in stored {
      if place.sequence <= last {
        found.append(.unordered(conversation: conversation, sequence: place.sequence, after: last))
      } else if place.sequence - last > 1 {
        found.append(.hole(conversation: conversation, from: last + 1, to: place.sequence - 1))
      }
      last = max(last, place.sequence)

      guard let body = MessageBody(place.body) else {
        found.append(.foreign(body: place.body, conversation: conversation, sequence: place.sequence))
        continue
      }
      if let first = sequences[place.body] {
        found.append(
          .storedTwice(
            body: place.body, conversation: conversation, first: first, second: place.sequence))
        continue
      }
      sequences[place.body] = place.sequence
      if let earlier = counters[body.publisher], earlier > body.counter {
        found.append(
          .publisherOrder(
            publisher: body.publisher, conversation: conversation, counter: body.counter, after: earlier))
      }
      counters[body.publisher] = max(body.counter, counters[body.publisher] ?? 0)
    }
    return found
  }

  private static func acknowledgementViolations(
    _ observed: Observed, in conversation: String
  ) -> [Violation] {
    let stored = Dictionary(
      observed.stored.map { ($0.body, $0.sequence) }, uniquingKeysWith: { first, _ in first })
    var found: [Violation] = []
    var acknowledged: [MessageBody: UInt64] = [:]
    for acknowledgement in observed.acknowledged {
      let sequence = acknowledgement.sequence
      let body = acknowledgement.body.text
      if let first = acknowledged.updateValue(sequence, forKey: acknowledgement.body), first != sequence {
        found.append(
          .acknowledgedTwice(body: body, conversation: conversation, first: first, second: sequence))
      }
      switch stored[body] {
      case nil: found.append(.lost(body: body, conversation: conversation, sequence: sequence))
      case sequence?: break
      case let other?:
        found.append(
          .moved(body: body, conversation: conversation, acknowledged: sequence, stored: other))
      }
    }
    return found
  }

  private static func subscriberViolations(
    _ seen: [Place], stored: [Place], of subscriber: String, in conversation: String
  ) -> [Violation] {
    let bodies = Dictionary(stored.map { ($0.sequence, $0.body) }, uniquingKeysWith: { first, _ in first })
    var found: [Violation] = []
    var last: UInt64 = 0
    func skip(to next: UInt64) {
      found.append(
        .skipped(subscriber: subscriber, conversation: conversation, from: last + 1, to: next - 1))
    }
    for place in seen {
      if place.sequence <= last {
        found.append(
          .repeated(
            subscriber: subscriber, conversation: conversation, sequence: place.sequence, after: last))
      } else if place.sequence - last > 1 {
        skip(to: place.sequence)
      }
      if bodies[place.sequence] != place.body {
        found.append(
          .different(
            subscriber: subscriber, conversation: conversation, sequence: place.sequence, seen: place.body,
            stored: bodies[place.sequence]))
      }
      last = max(last, place.sequence)
    }
    if let end = stored.map(\.sequence).max(), end > last {
      skip(to: end + 1)
    }
    return found
  }
}
