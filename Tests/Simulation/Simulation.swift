import ChatCore

/// A whole world in one thread from one seed: clients, networks, a node, its store, and time.
///
/// The promises are checked at every step. The first violation ends the run.
final class Simulation {
  let seed: UInt64
  let fault: PlantedFault?
  var random: SplitMix64
  let time = VirtualTime()
  private(set) lazy var node = SimulatedNode(world: self, store: store, loops: loops, limits: limits)
  private(set) lazy var store = SimulatedStore(world: self)
  private var clients: [SimulatedClient] = []
  private let loops: Int
  private let limits: Limits

  let users = ["ann", "bob", "cat", "dan"]
  let groups = ["group:red", "group:blue"]
  /// Not stored.
  static let live = "broadcast:live/red"
  let broadcasts = ["broadcast:news", live]
  let retention: RetentionRules = {
    var rules = RetentionRules()
    rules.none = ["broadcast:live/"]
    return rules
  }()
  var addresses: [String] { groups + broadcasts + ["broadcast:everyone"] + users.map { "user:\($0)" } }

  /// No new trouble: everything has to come right now.
  private(set) var isCalm = false
  private(set) var violations: [String] = []
  var delivered = 0
  var acknowledged = 0
  var gaps = 0
  private(set) var crashes = 0

  init(seed: UInt64, fault: PlantedFault? = nil) {
    self.seed = seed
    self.fault = fault
    random = SplitMix64(seed: seed)
    loops = 1 + random.below(4)
    // Small bounds, so that every edge is met often.
    var limits = Limits()
    limits.windowBytes = 300
    limits.windowIdleTime = 2_000
    limits.flushBytes = 200 + random.below(400)
    limits.messageBytes = 150 + random.below(300)
    limits.flushPieces = 1 + random.below(6)
    limits.pageMessages = 1 + random.below(8)
    limits.outboxBytes = 2_000
    limits.heartbeatInterval = 500
    limits.idleTimeout = 1_000_000
    limits.stallTimeout = 20_000
    self.limits = limits
    for (number, user) in users.enumerated() {
      for device in 0..<(number == 0 ? 2 : 1) {
        guard let id = try? UserID(user) else { continue }
        clients.append(
          SimulatedClient(
            name: "\(user).\(device)", user: id, groups: groups, broadcasts: broadcasts, world: self))
      }
    }
  }

  private static let stepsAtOneTimeMost = 100_000

  /// Runs `seconds` of trouble, then as long as it takes to settle.
  func run(seconds: Int) {
    for client in clients { client.connect() }
    disturb()
    advance(by: seconds * 1_000)
    isCalm = true
    for client in clients { client.setStalled(false) }
    advance(by: 30_000)
    if violations.isEmpty { checkSettled() }
  }

  func violated(_ text: String) {
    violations.append("seed \(seed), \(time.now) ms: \(text)")
  }

  private func advance(by milliseconds: Int) {
    let end = time.now + UInt64(milliseconds)
    while violations.isEmpty, time.step(until: end) {
      if time.stepsAtOneTime > Self.stepsAtOneTimeMost { violated("it goes round without end") }
    }
  }

  /// Every few milliseconds something happens to somebody.
  private func disturb() {
    guard !isCalm else { return }
    let client = clients[random.below(clients.count)]
    switch random.below(400) {
    case 0..<330: client.publish()
    case 330..<350: client.cut()
    case 350..<370:
      client.setStalled(true)
      time.after(random.below(2_000)) { client.setStalled(false) }
    case 370..<380: client.ping()
    case 380..<390: client.acknowledge()
    case 390..<396: retain()
    case 396: crash()
    default: break
    }
    time.after(random.below(20)) { [weak self] in self?.disturb() }
  }

  private func crash() {
    guard random.chance(1, in: 2) else { return }
    crashes += 1
    node.crash()
    node = SimulatedNode(world: self, store: store, loops: loops, limits: limits)
  }

  private func retain() {
    let names = groups + broadcasts.filter { $0 != Self.live }
    guard let conversation = try? ConversationID(names[random.below(names.count)]) else { return }
    let (log, _) = store.messages(conversation)
    guard log.lastSequence > 3 else { return }
    store.retain(conversation, from: 1 + UInt64(random.below(Int(log.lastSequence) - 2)))
  }

  // MARK: The promises

  /// Promise 1: what anybody sees is on stable storage.
  func checkStored(_ message: Message, seenBy name: String) {
    guard let conversation = try? ConversationID(message.conversation) else {
      return violated("\(name) got a message of \(message.conversation)")
    }
    let (log, page) = store.messages(conversation, after: message.sequence - 1)
    if log.firstSequence > message.sequence { return }
    guard let stored = page.first, stored.sequence == message.sequence, stored.body == message.body,
      stored.sender == message.sender, stored.time == message.time
    else {
      return violated(
        "\(name) got \(message.conversation) #\(message.sequence), which the store does not have")
    }
  }

  /// Promise 1 and 3: the receipt's place holds this very message.
  func checkAcknowledged(_ receipt: Receipt, id: String, sender: UserID) {
    guard let conversation = try? ConversationID(receipt.conversation) else {
      return violated("receipt for \(receipt.conversation)")
    }
    let (log, page) = store.messages(conversation, after: receipt.sequence - 1)
    if log.firstSequence > receipt.sequence { return }
    guard let stored = page.first, stored.sequence == receipt.sequence, stored.body.bytes == Array(id.utf8),
      stored.sender == sender.name
    else {
      return violated(
        "\(id) was acknowledged as \(receipt.conversation) #\(receipt.sequence), but is not there")
    }
    if receipt.recipientsOnline > receipt.recipientsTotal {
      violated("\(id): more recipients online than there are")
    }
  }

  /// Promise 2: a gap is told only where retention has deleted.
  func checkDeleted(_ gap: Gap) {
    guard let conversation = try? ConversationID(gap.conversation) else { return }
    let (log, _) = store.messages(conversation)
    if log.firstSequence <= gap.to {
      violated("a gap up to \(gap.to), but the log starts at \(log.firstSequence)")
    }
  }

  /// Nothing is lost, nothing is doubled, and nobody waits for ever.
  private func checkSettled() {
    var conversations: Set<String> = []
    for client in clients {
      if !client.isDone { violated("\(client.user): publishes were never answered") }
      conversations.formUnion(client.positions.keys)
    }
    let live = Set(clients.compactMap { $0.positions[Self.live] })
    if live.count > 1 { violated("not all have got as far in \(Self.live): \(live)") }
    for name in conversations.sorted() where name != Self.live {
      guard let conversation = try? ConversationID(name) else { continue }
      let (log, messages) = store.messages(conversation)
      var ids: Set<[UInt8]> = []
      for message in messages where !ids.insert(message.body.bytes).inserted {
        violated("\(name) #\(message.sequence) is stored twice")
      }
      for client in clients {
        if let position = client.positions[name], position.sequence != log.lastSequence {
          violated("\(client.user) has \(name) up to #\(position.sequence) of #\(log.lastSequence)")
        }
      }
    }
  }
}
