import ChatCore
import ChatStorage
import Foundation
import Synchronization
import Testing

extension MessageStore {
  func write(_ writes: [StoreWrite]) async throws -> [StoreOutcome] {
    try await withCheckedThrowingContinuation { continuation in
      write(writes) { continuation.resume(with: $0) }
    }
  }

  func read(_ query: StoreQuery) async throws -> StoreAnswer {
    try await withCheckedThrowingContinuation { continuation in
      read(query) { continuation.resume(with: $0) }
    }
  }

  func append(_ drafts: [Draft], to conversation: ConversationID) async throws -> AppendOutcome {
    let outcomes = try await write([.append(drafts, to: conversation)])
    guard case .appended(let outcome)? = outcomes.first, outcomes.count == 1 else { throw Unexpected() }
    return outcome
  }

  func join(_ conversation: ConversationID, _ user: UserID) async throws -> MembershipOutcome {
    try await membership(.join(conversation: conversation, user: user, time: 1))
  }

  func leave(_ conversation: ConversationID, _ user: UserID) async throws -> MembershipOutcome {
    try await membership(.leave(conversation: conversation, user: user))
  }

  private func membership(_ write: StoreWrite) async throws -> MembershipOutcome {
    guard case .membership(let outcome)? = try await self.write([write]).first else { throw Unexpected() }
    return outcome
  }

  func log(_ conversation: ConversationID) async throws -> LogState {
    guard case .log(let state) = try await read(.log(conversation)) else { throw Unexpected() }
    return state
  }

  func memberships(_ user: UserID, limit: Int = 100) async throws -> [Membership] {
    guard case .memberships(let all) = try await read(.memberships(user, limit: limit)) else {
      throw Unexpected()
    }
    return all
  }

  func conversation(_ conversation: ConversationID) async throws -> StoredConversation? {
    guard case .conversation(let stored) = try await read(.conversation(conversation)) else {
      throw Unexpected()
    }
    return stored
  }

  func conversations(after name: String? = nil, limit: Int = 100) async throws -> [StoredConversation] {
    guard case .conversations(let all) = try await read(.conversations(after: name, limit: limit)) else {
      throw Unexpected()
    }
    return all
  }

  func members(
    _ conversation: ConversationID, after name: String? = nil, limit: Int = 100
  ) async throws -> [StoredMember]? {
    let query = StoreQuery.members(conversation, after: name, limit: limit)
    guard case .members(let all) = try await read(query) else { throw Unexpected() }
    return all
  }

  func page(
    _ conversation: ConversationID, _ bound: PageQuery.Bound, messages: Int = 1000, bytes: Int = 1 << 20
  ) async throws -> [Message] {
    let query = PageQuery(conversation: conversation, bound: bound, messages: messages, bytes: bytes)
    guard case .page(let page) = try await read(.page(query)) else { throw Unexpected() }
    return try page.messages()
  }
}

extension StoreWrite {
  static func append(_ drafts: [Draft], to conversation: ConversationID) -> StoreWrite {
    .append(conversation: conversation, messages: drafts.map { $0.message(in: conversation) })
  }
}

/// A message before it is known which conversation it goes to.
struct Draft {
  var sender: UserID
  var clientMessageID = ""
  var time: Int64 = 1
  var contentType = ""
  var traceparent = ""
  var body = Payload.empty
  var mayBeFromOutside = false

  func message(in conversation: ConversationID) -> NewMessage {
    NewMessage(
      conversation: conversation, sender: sender, clientMessageID: clientMessageID, time: time,
      contentType: contentType, traceparent: traceparent, body: body, mayBeFromOutside: mayBeFromOutside)
  }

  /// The size of the delivery.
  func byteCount(in conversation: ConversationID) -> Int { message(in: conversation).byteCount }
}

/// An answer of another kind than the question.
struct Unexpected: Error {}

func message(
  _ sender: String, _ text: String = "", id: String = "", time: Int64 = 1
) throws -> Draft {
  Draft(sender: try UserID(sender), clientMessageID: id, time: time, body: Payload(Array(text.utf8)))
}

/// The error that opening is expected to throw.
func openingError(_ path: String, _ options: SQLiteStore.Options = .init()) async -> StoreError? {
  do {
    let store = try SQLiteStore(path: path, options: options)
    await store.close()
    return nil
  } catch {
    return error
  }
}

/// A directory that is removed with its owner.
final class TemporaryDirectory: Sendable {
  let path: String

  init() throws {
    path = NSTemporaryDirectory() + "chat-storage-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  var store: String { path + "/chat.db" }
}

/// A generator that repeats its numbers for the same seed (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
    return mixed ^ (mixed >> 31)
  }
}

/// Counts answers to calls that each have a number.
final class AnswerCounts: Sendable {
  private let counts = Mutex<[Int: Int]>([:])

  func count(_ call: Int) { counts.withLock { $0[call, default: 0] += 1 } }

  var all: [Int: Int] { counts.withLock { $0 } }
}
