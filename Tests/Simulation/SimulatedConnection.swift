import ChatCore

/// A connection: what is sent arrives in order and late, of a stream in pieces of any size, else in whole messages;
/// it may stall and be cut.
final class SimulatedConnection {
  /// What the receiver's and the sender's kernel hold together.
  static let capacity = 600

  let world: Simulation
  let node: SimulatedNode
  let loop: Int
  let format: WireFormat
  var session: SessionID?
  private(set) var isOpen = true
  weak var client: SimulatedClient?

  private var toServer: [[UInt8]] = []
  private var toClient: [UInt8] = []
  /// The lengths of messages in ``toClient``.
  private var messages: [Int] = []
  private var isDelivering = false
  private var serverWaitsForRoom = false
  var isStalled = false { didSet { if !isStalled { deliverToClient() } } }

  init(world: Simulation, node: SimulatedNode, loop: Int, format: WireFormat, client: SimulatedClient) {
    self.world = world
    self.node = node
    self.loop = loop
    self.format = format
    self.client = client
  }

  func sendToServer(_ bytes: [UInt8]) {
    guard isOpen else { return }
    // Any split is allowed: one in eight frames arrives in two pieces.
    var pieces = [bytes]
    if format == .stream, bytes.count > 1, world.random.chance(1, in: 8) {
      let cut = 1 + world.random.below(bytes.count - 1)
      pieces = [Array(bytes[..<cut]), Array(bytes[cut...])]
    }
    for piece in pieces {
      toServer.append(piece)
      world.time.after(1 + world.random.below(5)) { [self] in
        guard isOpen, !toServer.isEmpty else { return }
        node.receive(toServer.removeFirst(), on: self)
      }
    }
  }

  /// What the server's socket takes: as much as there is room.
  func offer(_ pieces: UnsafeBufferPointer<UnsafeRawBufferPointer>) -> FlushResult {
    guard isOpen else { return .failed }
    if format != .stream { return offerMessage(pieces) }
    var taken = 0
    var isFull = false
    for piece in pieces {
      let room = max(0, Self.capacity - toClient.count)
      toClient += piece.prefix(room)
      taken += min(piece.count, room)
      if piece.count > room {
        // The driver holds one byte more for a socket that is full, and so learns when it takes bytes again.
        toClient.append(piece[room])
        taken += 1
        isFull = true
        break
      }
    }
    serverWaitsForRoom = isFull
    deliverToClient()
    return isFull ? .blocked(taken) : .accepted
  }

  /// The driver keeps what the socket does not take of a message.
  private func offerMessage(_ pieces: UnsafeBufferPointer<UnsafeRawBufferPointer>) -> FlushResult {
    let bytes = pieces.flatMap { Array($0) }
    toClient += bytes
    messages.append(bytes.count)
    serverWaitsForRoom = toClient.count > Self.capacity
    deliverToClient()
    return serverWaitsForRoom ? .blocked(bytes.count) : .accepted
  }

  private func deliverToClient() {
    guard !isDelivering, !isStalled, !toClient.isEmpty, isOpen else { return }
    isDelivering = true
    world.time.after(1 + world.random.below(4)) { [self] in
      isDelivering = false
      guard isOpen, !isStalled else { return }
      let count = messages.isEmpty ? 1 + world.random.below(400) : messages.removeFirst()
      let bytes = Array(toClient.prefix(count))
      toClient.removeFirst(bytes.count)
      client?.receive(bytes, on: self)
      deliverToClient()
      if serverWaitsForRoom, isOpen, toClient.count < Self.capacity / 2 {
        serverWaitsForRoom = false
        if world.fault != .writableCursorNotWoken { node.writable(self) }
      }
    }
  }

  /// Both ends learn that it is gone.
  func cut() {
    guard isOpen else { return }
    isOpen = false
    node.closed(self)
    let client = client
    world.time.after(1) { [self] in client?.lost(self) }
  }
}
