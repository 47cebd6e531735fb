import ChatCore
import ChatServer
import NIOConcurrencyHelpers

/// Stands in for a broker: answers as it is told to and notes what it was asked.
struct ScriptedBroker: BrokerService {
  /// What everything that can fail fails with.
  var failure: ChatError?
  /// What makes its health degraded.
  var isShortOfDescriptors = false
  /// How long a publish takes.
  var delay: Duration = .zero
  /// What was asked, in words.
  let calls = NIOLockedValueBox<[String]>([])

  private let lobby = ConversationInfo(
    id: .lobby, epoch: 7, firstSequence: 1, lastSequence: .max, members: 2)

  private func note(_ call: String) throws(ChatError) {
    calls.withLockedValue { $0.append(call) }
    if let failure { throw failure }
  }

  func publish(_ publish: ClientFrame.Publish, as user: UserID) async throws(ChatError) -> [Receipt] {
    try? await Task.sleep(for: delay)
    let text = String(decoding: publish.body.bytes, as: UTF8.self)
    try note(
      "publish \(user) \(publish.to) \(publish.clientMessageID) \(publish.contentType) "
        + "\(publish.traceparent) \(text)"
    )
    return publish.to.map { address in
      var receipt = Receipt()
      receipt.to = address
      guard address != "group:closed" else {
        receipt.conversation = address
        receipt.error = ChatError(.notMember, "join first")
        return receipt
      }
      receipt.conversation = (try? Address(address).conversation(from: user))?.name ?? "group:x"
      receipt.sequence = .max
      receipt.time = 1_764_000_000_000
      receipt.recipientsOnline = 1
      receipt.recipientsTotal = 2
      return receipt
    }
  }

  func history(_ history: ClientFrame.History) async throws(ChatError) -> ServerFrame.HistoryPage? {
    try note(
      "history \(history.conversation) after \(history.after) before \(history.before) "
        + "limit \(history.limit) fromStart \(history.fromStart)")
    guard history.conversation != "group:none" else { return nil }
    var page = ServerFrame.HistoryPage()
    page.conversation = history.conversation
    page.epoch = 7
    page.firstSequence = 1
    page.lastSequence = 2
    for (sequence, body, type) in [(1, "hi", ""), (2, "\u{0}", "application/octet-stream")] {
      var message = Message()
      message.sequence = UInt64(sequence)
      message.time = 5
      message.conversation = history.conversation
      message.sender = "ann"
      message.contentType = type
      message.body = Payload([UInt8](body.utf8))
      page.messages.append(message)
    }
    return page
  }

  func conversations(after: String?, limit: Int) async throws(ChatError) -> [ConversationInfo] {
    try note("conversations after \(after ?? "-") limit \(limit)")
    return Array([lobby, lobby, lobby].prefix(limit))
  }

  func conversation(_ conversation: ConversationID) async throws(ChatError) -> ConversationInfo? {
    try note("conversation \(conversation)")
    guard conversation.name != "group:none" else { return nil }
    var info = lobby
    info.id = conversation
    return info
  }

  func members(
    of conversation: ConversationID, after: String?, limit: Int
  ) async throws(ChatError) -> [MemberInfo]? {
    try note("members \(conversation) after \(after ?? "-") limit \(limit)")
    guard conversation.name != "group:none" else { return nil }
    return Array(
      [MemberInfo(user: .ann, delivered: 1, read: 0), MemberInfo(user: .bob, delivered: 2, read: 1)]
        .prefix(limit))
  }

  func addMember(_ user: UserID, to group: ConversationID) async throws(ChatError) -> ConversationInfo {
    try note("add \(user) to \(group)")
    return lobby
  }

  func removeMember(_ user: UserID, from group: ConversationID) async throws(ChatError) {
    try note("remove \(user) from \(group)")
  }

  func presence(of user: UserID) async -> UserPresence { UserPresence(sessions: user == .ann ? 2 : 0) }

  func sessions(of user: UserID) async -> [SessionInfo] { user == .ann ? [Self.session] : [] }

  func sessions(limit: Int, order: SessionOrder) async -> SessionList {
    try? note("sessions limit \(limit) order \(order)")
    return SessionList(sessions: [Self.session], total: 9)
  }

  func disconnect(session: String) async -> Bool { session == Self.session.session }

  func disconnect(user: UserID) async -> Int { user == .ann ? 2 : 0 }

  func brokerInfo() async -> BrokerInfo {
    let isDraining = calls.withLockedValue { $0.contains("drain") }
    var limits = ServerFrame.AnnouncedLimits()
    limits.bodyBytes = 65_536
    return BrokerInfo(
      node: "n", version: "1", state: isDraining ? .draining : .running, startedAt: 3, loops: 2,
      listeners: [.init(name: "tcp", address: "127.0.0.1:7400")], limits: limits,
      drain: isDraining ? .init(sessionsAtStart: 4, sessionsLeft: 1) : nil)
  }

  func beginDrain() async { try? note("drain") }

  func liveness() async -> BrokerHealth.Check { well("loops") }

  func startup() async -> BrokerHealth.Check { well("started") }

  func health() async -> BrokerHealth {
    let full = BrokerHealth.Check(name: "store", state: .failing, detail: "full")
    var descriptors = well("descriptors")
    if isShortOfDescriptors { descriptors.state = .degraded }
    return BrokerHealth(
      loops: well("loops"), store: failure == nil ? well("store") : full, disk: well("disk"),
      accepting: well("accepting"), memory: well("memory"), descriptors: descriptors, tokens: well("tokens"))
  }

  private func well(_ name: String) -> BrokerHealth.Check { .init(name: name, state: .ok, detail: "well") }

  func metrics() async -> String { "# HELP chat_sessions Open sessions.\n" }

  func statistics() async -> BrokerStatistics {
    var statistics = BrokerStatistics()
    statistics.deliveries = .max
    statistics.limitsHit = ["publishes_in_flight": 3]
    statistics.publishLatency.p99 = 1.5
    statistics.publishLatency.maximum = .infinity
    statistics.topConversations = [.init(conversation: "group:lobby", followers: 2, messages: 5)]
    return statistics
  }

  private static let session = SessionInfo(
    session: "0-1-2", user: .ann, device: "d\"", client: "c", transport: .webSocketJSON, conversations: 1,
    connectedAt: 4, lagMessages: 0, outboxBytes: 0, isWritable: true)
}

extension UserID {
  static let ann = known("ann")
  static let bob = known("bob")

  private static func known(_ name: String) -> UserID {
    guard let user = try? UserID(name) else { preconditionFailure("\(name) is no user id") }
    return user
  }
}

extension ConversationID {
  static var lobby: ConversationID {
    guard let lobby = try? ConversationID("group:lobby") else { preconditionFailure("no name") }
    return lobby
  }
}
