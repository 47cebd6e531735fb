@testable import ChatCore

/// A device: connects, follows, publishes with retries, resumes, and checks every frame that it gets.
final class SimulatedClient {
  /// A publish that may be retried until it is acknowledged.
  private struct Outgoing {
    /// Leads from the answer back to the message.
    let number: UInt64
    let id: String
    let to: [String]
    var isSent = false
  }

  let user: UserID
  private let name: String
  private let world: Simulation
  private let groups: [String]
  private let broadcasts: [String]
  private var connection: SimulatedConnection?
  private var reader = FrameReader(limit: .max)
  private var codec = FrameCodec(decodingBytes: 1 << 24)
  private var isConnected = false
  private var joined: Set<String> = []
  private var subscribed: Set<String> = []
  private(set) var positions: [String: Position] = [:]
  private var outgoing: [Outgoing] = []
  private var nextMessage: UInt64 = 0

  init(name: String, user: UserID, groups: [String], broadcasts: [String], world: Simulation) {
    self.name = name
    self.user = user
    self.groups = groups
    self.broadcasts = broadcasts
    self.world = world
  }

  var isDone: Bool { outgoing.isEmpty }
  var isStalled: Bool { connection?.isStalled ?? false }

  // MARK: What the world makes it do

  func connect() {
    guard connection == nil else { return }
    // A user may come back with another program.
    let format = WireFormat.allCases[world.random.below(WireFormat.allCases.count)]
    guard let connection = world.node.accept(from: self, format) else {
      return world.time.after(20 + world.random.below(100)) { [weak self] in self?.connect() }
    }
    self.connection = connection
    reader = FrameReader(limit: .max)
    isConnected = false
    var connect = ClientFrame.Connect()
    connect.user = user.name
    connect.resume = positions.values.sorted { $0.conversation < $1.conversation }
    send(.connect(connect), request: 1)
  }

  func publish() {
    nextMessage += 1
    var to = [world.addresses[world.random.below(world.addresses.count)]]
    if world.random.chance(1, in: 5) {
      to.append("user:\(world.users[world.random.below(world.users.count)])")
    }
    to.removeAll { $0.hasPrefix("group:") && !joined.contains($0) }
    guard !to.isEmpty else { return }
    if to.contains(Simulation.live) { return publishUnanswered(to) }
    let message = Outgoing(number: nextMessage, id: "\(name)-\(nextMessage)", to: Array(Set(to)).sorted())
    outgoing.append(message)
    sendOutgoing(resend: false)
  }

  /// What is not stored is worth no retry.
  private func publishUnanswered(_ to: [String]) {
    guard isConnected else { return }
    var publish = ClientFrame.Publish()
    publish.to = [Simulation.live]
    publish.body = Payload(Array("\(name)-\(nextMessage)".utf8))
    send(.publish(publish), request: 0)
  }

  func cut() { connection?.cut() }
  func setStalled(_ stalled: Bool) { connection?.isStalled = stalled }
  func ping() { if isConnected { send(.ping, request: 3) } }

  /// Tells the delivered mark, now and then.
  func acknowledge() {
    guard isConnected else { return }
    send(.acknowledge(positions.values.sorted { $0.conversation < $1.conversation }), request: 0)
  }

  // MARK: The connection

  func lost(_ connection: SimulatedConnection) {
    guard self.connection === connection else { return }
    self.connection = nil
    isConnected = false
    for index in outgoing.indices { outgoing[index].isSent = false }
    world.time.after(5 + world.random.below(200)) { [weak self] in self?.connect() }
  }

  private func send(_ body: ClientFrame.Body, request: UInt64) {
    var buffer = FrameBuffer()
    codec.encode(ClientFrame(requestID: request, body: body), into: &buffer)
    guard connection?.format == .json else { return connection?.sendToServer(Array(buffer.readable)) ?? () }
    var line = FrameBuffer()
    guard case .value(_, let prefix) = Varint.read(buffer.readable) else { return }
    do {
      try codec.appendJSON(
        ofClientFrame: UnsafeRawBufferPointer(rebasing: buffer.readable[prefix...]), into: &line)
    } catch { world.violated("\(name): \(error)") }
    connection?.sendToServer(Array(line.readable))
  }

  private func sendOutgoing(resend: Bool) {
    guard isConnected else { return }
    for index in outgoing.indices where resend || !outgoing[index].isSent {
      outgoing[index].isSent = true
      var publish = ClientFrame.Publish()
      publish.to = outgoing[index].to
      publish.clientMessageID = outgoing[index].id
      publish.body = Payload(Array(outgoing[index].id.utf8))
      send(.publish(publish), request: 1_000 + outgoing[index].number)
    }
  }

  func receive(_ bytes: [UInt8], on connection: SimulatedConnection) {
    guard self.connection === connection else { return }
    let frames = connection.format == .json ? lines(bytes) : frames(bytes)
    if connection.format == .messages, reader.bufferedBytes > 0 {
      world.violated("\(name): a message ends within a frame")
    }
    for frame in frames { handle(frame) }
  }

  private func lines(_ bytes: [UInt8]) -> [ServerFrame] {
    if bytes.last != UInt8(ascii: "\n") { world.violated("\(name): a message ends within a line") }
    return bytes.split(separator: UInt8(ascii: "\n")).compactMap { line in
      line.withUnsafeBytes { line in
        do { return try codec.decodeServerFrame(json: line) } catch {
          world.violated("\(name): \(error)")
          return nil
        }
      }
    }
  }

  private func frames(_ bytes: [UInt8]) -> [ServerFrame] {
    var frames: [ServerFrame] = []
    bytes.withUnsafeBytes { bytes in
      var reader = FrameReader(limit: .max)
      swap(&reader, &self.reader)
      do {
        try reader.read(bytes) { frame in
          do { frames.append(try codec.decodeServerFrame(frame)) } catch {
            world.violated("\(name): \(error)")
          }
          return true
        }
      } catch { world.violated("\(name): \(error)") }
      swap(&reader, &self.reader)
    }
    return frames
  }

  private func handle(_ frame: ServerFrame) {
    switch frame.body {
    case .connected(let connected):
      for state in connected.conversations { learn(state) }
      isConnected = true
      for (index, group) in groups.enumerated() where !joined.contains(group) {
        send(.join(conversation: group), request: 100 + UInt64(index))
      }
      for (index, broadcast) in broadcasts.enumerated() where !subscribed.contains(broadcast) {
        send(.subscribe(.init(conversation: broadcast)), request: 200 + UInt64(index))
      }
      sendOutgoing(resend: true)
    case .subscribed(let state): learn(state)
    case .event(.following(let state)): learn(state)
    case .message(let message): take(message)
    case .gap(let gap): take(gap)
    case .published(let receipts): published(receipts, frame.requestID)
    case .heartbeat(let tails, _): check(tails)
    case .error(let error): refused(error, frame.requestID)
    case .goAway, .historyPage, .done, .event, .unknown: break
    }
  }

  private func learn(_ state: ConversationState) {
    if state.conversation.hasPrefix("group:") { joined.insert(state.conversation) }
    if state.conversation.hasPrefix("broadcast:") { subscribed.insert(state.conversation) }
    if let known = positions[state.conversation], known.epoch != state.epoch, known.sequence == 0 {
      // Who has nothing of the other log is told of no gap.
      positions[state.conversation]?.epoch = state.epoch
    }
    guard positions[state.conversation] == nil else { return }
    positions[state.conversation] = Position(
      conversation: state.conversation, epoch: state.epoch, sequence: state.position)
  }

  // MARK: The promises

  private func take(_ message: Message) {
    world.delivered += 1
    guard var position = positions[message.conversation] else {
      return world.violated("\(name) got \(message.conversation) #\(message.sequence) without following it")
    }
    if message.sequence != position.sequence + 1 {
      world.violated(
        "\(name) got \(message.conversation) #\(message.sequence) after #\(position.sequence)")
    }
    if message.conversation != Simulation.live { world.checkStored(message, seenBy: name) }
    position.sequence = message.sequence
    positions[message.conversation] = position
  }

  private func take(_ gap: Gap) {
    guard var position = positions[gap.conversation] else { return }
    if gap.conversation == Simulation.live, gap.reason == .epochChanged {
      positions[gap.conversation] = Position(conversation: Simulation.live, epoch: gap.epoch, sequence: 0)
      return
    }
    let reason: Gap.Reason = gap.conversation == Simulation.live ? .notKept : .retention
    if gap.reason != reason || gap.from != position.sequence + 1 || gap.to < gap.from {
      world.violated("\(name) got a wrong gap: \(gap)")
    }
    if reason == .retention { world.checkDeleted(gap) }
    // A fault that loses the notice of a gap looks like this to a client.
    if world.fault == .gapSwallowed { return }
    world.gaps += 1
    position.sequence = gap.to
    positions[gap.conversation] = position
  }

  private func published(_ receipts: [Receipt], _ request: UInt64) {
    guard let index = outgoing.firstIndex(where: { $0.number == request - 1_000 }) else { return }
    for receipt in receipts where receipt.error == nil {
      world.checkAcknowledged(receipt, id: outgoing[index].id, sender: user)
    }
    if receipts.contains(where: { $0.error?.code == .unavailable }) {
      outgoing[index].isSent = false
      world.time.after(50) { [weak self] in self?.sendOutgoing(resend: false) }
    } else {
      world.acknowledged += 1
      outgoing.remove(at: index)
    }
  }

  private func refused(_ error: ChatError, _ request: UInt64) {
    guard error.code == .unavailable else {
      if error.code != .stalled && error.code != .idleTimeout && error.code != .draining {
        world.violated("\(name) was refused: \(error)")
      }
      return
    }
    if request >= 1_000, let index = outgoing.firstIndex(where: { $0.number == request - 1_000 }) {
      outgoing[index].isSent = false
      world.time.after(50) { [weak self] in self?.sendOutgoing(resend: false) }
    } else if request >= 100 {
      let group = request < 200 ? groups[Int(request - 100)] : nil
      world.time.after(50) { [weak self] in
        if let group, self?.isConnected == true { self?.send(.join(conversation: group), request: request) }
      }
    }
  }

  private func check(_ tails: [Position]) {
    for tail in tails {
      if let position = positions[tail.conversation], position.sequence < tail.sequence {
        world.violated("\(name): a heartbeat tells of \(tail), which did not come; has \(position.sequence)")
      }
    }
  }
}
