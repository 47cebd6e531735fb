import ChatCore
import Synchronization

@testable import crash_check

/// Publishers, subscribers and crashes around a ``BrokenStore``, from one seed and without a broker.
struct StoreRun {
  private struct Author {
    let user: UserID
    var counter = 0
    /// Handed over and not answered, or to be retried.
    var isWaiting = false
    var mustRetry = false

    var body: MessageBody { MessageBody(publisher: user.name, counter: counter) }
  }

  private static let steps = 600
  private static let pageMessages = 7

  private let store: BrokenStore
  private let conversation: ConversationID
  private var random: SeededGenerator
  private var authors: [Author]
  /// How far each subscriber is in its reading of the store.
  private var cursors: [String: Int] = ["s1": 0, "s2": 0]
  private var checker = DeliveryChecker()
  private let answers = Answers()

  /// What the checker found after a run with this fault.
  static func violations(fault: BrokenStore.Fault?, seed: UInt64) throws -> [Violation] {
    var run = try StoreRun(fault: fault, seed: seed)
    for _ in 0..<steps { run.step() }
    return run.end()
  }

  private init(fault: BrokenStore.Fault?, seed: UInt64) throws {
    store = BrokenStore(fault: fault)
    conversation = try ConversationID("group:crash")
    random = SeededGenerator(seed: seed)
    authors = try (1...4).map { Author(user: try UserID("p\($0)")) }
    for subscriber in cursors.keys {
      checker.record(.following(subscriber: subscriber, conversation: conversation.name))
    }
  }

  private mutating func step() {
    switch Int.random(in: 0..<100, using: &random) {
    case 0..<50: publish()
    case 50..<75: store.commit()
    case 75..<95: read(cursors.keys.sorted().randomElement(using: &random))
    default: store.crash(losingWaitingWrites: Bool.random(using: &random))
    }
    takeAnswers()
  }

  private mutating func end() -> [Violation] {
    repeat {
      publish()
      store.commit()
      takeAnswers()
    } while authors.contains { $0.isWaiting || $0.mustRetry }
    for subscriber in cursors.keys { read(subscriber, all: true) }
    for message in log(after: 0, messages: .max) {
      checker.record(
        .stored(conversation: conversation.name, sequence: message.sequence, body: text(message)))
    }
    return checker.violations()
  }

  /// One append with the next message of up to two idle authors.
  private mutating func publish() {
    let chosen = authors.indices.filter { !authors[$0].isWaiting }.shuffled(using: &random).prefix(2)
    guard !chosen.isEmpty else { return }
    let messages = chosen.map { index in
      if !authors[index].mustRetry { authors[index].counter += 1 }
      authors[index].isWaiting = true
      authors[index].mustRetry = false
      let body = authors[index].body.text
      return NewMessage(
        conversation: conversation, sender: authors[index].user, clientMessageID: body, time: 1,
        body: Payload(Array(body.utf8)))
    }
    let indices = Array(chosen)
    let answers = answers
    store.write([.append(conversation: conversation, messages: messages)]) { result in
      answers.add(indices, result)
    }
  }

  private mutating func takeAnswers() {
    for (indices, result) in answers.take() {
      guard case .success(let outcomes) = result, case .appended(let append)? = outcomes.first else {
        for index in indices {
          authors[index].isWaiting = false
          authors[index].mustRetry = true
        }
        continue
      }
      for (index, place) in zip(indices, append.places) {
        authors[index].isWaiting = false
        let sequence =
          switch place {
          case .stored(let sequence): sequence
          case .duplicate(let sequence, _): sequence
          }
        checker.record(
          .acknowledged(
            publisher: authors[index].user.name, counter: authors[index].counter,
            conversation: conversation.name, sequence: sequence))
      }
    }
  }

  private mutating func read(_ subscriber: String?, all: Bool = false) {
    guard let subscriber, let cursor = cursors[subscriber] else { return }
    let page = log(after: UInt64(cursor), messages: all ? .max : Self.pageMessages)
    for message in page {
      checker.record(
        .seen(
          subscriber: subscriber, conversation: conversation.name, sequence: message.sequence,
          body: text(message)))
    }
    cursors[subscriber] = cursor + page.count
  }

  private func log(after sequence: UInt64, messages: Int) -> [Message] {
    let query = PageQuery(
      conversation: conversation, bound: .after(sequence), messages: messages, bytes: .max)
    let answer = PageBox()
    store.read(.page(query)) { result in
      if case .success(.page(let page)) = result { answer.set((try? page.messages()) ?? []) }
    }
    return store.present(answer.messages)
  }

  private func text(_ message: Message) -> String { String(decoding: message.body.bytes, as: UTF8.self) }
}

/// Answers of a store, kept until the run takes them.
private final class Answers: Sendable {
  typealias Answer = (authors: [Int], result: Result<[StoreOutcome], StoreError>)

  private let kept = Mutex<[Answer]>([])

  func add(_ authors: [Int], _ result: Result<[StoreOutcome], StoreError>) {
    kept.withLock { $0.append((authors, result)) }
  }

  func take() -> [Answer] {
    kept.withLock { kept in
      defer { kept = [] }
      return kept
    }
  }
}

private final class PageBox: Sendable {
  private let page = Mutex<[Message]>([])

  var messages: [Message] { page.withLock { $0 } }

  func set(_ messages: [Message]) { page.withLock { $0 = messages } }
}
