import ChatCore

/// A node: several routers, and messages between them that take a while but keep their order.
final class SimulatedNode {
  private final class Loop {
    var router: Router
    var connections: [SessionID: SimulatedConnection] = [:]
    var isTurnScheduled = false

    init(_ router: consuming Router) { self.router = router }
  }

  private let world: Simulation
  private let store: SimulatedStore
  private var loops: [Loop] = []
  /// When the last message between two loops arrives.
  private var arrivals: [[UInt64]]
  private(set) var isAlive = true

  init(world: Simulation, store: SimulatedStore, loops count: Int, limits: Limits) {
    self.world = world
    self.store = store
    arrivals = Array(repeating: Array(repeating: 0, count: count), count: count)
    for number in 0..<count {
      loops.append(
        Loop(
          Router(
            loop: number, loops: count, node: "sim", limits: limits, retention: world.retention,
            // What is not stored is another log after a crash.
            epoch: UInt64(world.crashes + 1) * 1_000, at: world.time.moment)))
    }
    tick()
  }

  func crash() {
    isAlive = false
    store.crash()
    for loop in loops {
      for connection in loop.connections.values.sorted(by: { $0.session?.slot ?? 0 < $1.session?.slot ?? 0 })
      {
        connection.cut()
      }
    }
  }

  /// All connections and everything in flight are done.
  var counters: [RouterCounters] { loops.map { $0.router.counters } }

  private func tick() {
    guard isAlive else { return }
    for index in loops.indices {
      loops[index].router.advance(to: world.time.moment)
      scheduleTurn(index)
    }
    world.time.after(Int(Router.tick)) { [weak self] in self?.tick() }
  }

  // MARK: Connections

  func accept(from client: SimulatedClient, _ format: WireFormat) -> SimulatedConnection? {
    guard isAlive else { return nil }
    let index = world.random.below(loops.count)
    guard let session = try? loops[index].router.accept(format, at: world.time.moment) else { return nil }
    let connection = SimulatedConnection(
      world: world, node: self, loop: index, format: format, client: client)
    connection.session = session
    loops[index].connections[session] = connection
    return connection
  }

  func receive(_ bytes: [UInt8], on connection: SimulatedConnection) {
    guard isAlive, let session = connection.session else { return }
    bytes.withUnsafeBytes { loops[connection.loop].router.receive($0, from: session, at: world.time.moment) }
    scheduleTurn(connection.loop)
  }

  func writable(_ connection: SimulatedConnection) {
    guard isAlive, let session = connection.session else { return }
    loops[connection.loop].router.writable(session, at: world.time.moment)
    scheduleTurn(connection.loop)
  }

  func closed(_ connection: SimulatedConnection) {
    guard let session = connection.session else { return }
    loops[connection.loop].connections[session] = nil
    guard isAlive else { return }
    loops[connection.loop].router.closed(session, at: world.time.moment)
    scheduleTurn(connection.loop)
  }

  // MARK: Turns

  private func scheduleTurn(_ index: Int) {
    guard !loops[index].isTurnScheduled else { return }
    loops[index].isTurnScheduled = true
    world.time.after(0) { [weak self] in self?.turn(index) }
  }

  private func turn(_ index: Int) {
    let loop = loops[index]
    loop.isTurnScheduled = false
    guard isAlive else { return }
    perform(loop.router.settle(), index)
    let more = loop.router.flush(at: world.time.moment) { session, pieces in
      loop.connections[session]?.offer(pieces) ?? .failed
    }
    if loop.router.isGathering { loop.router.flushed(at: world.time.moment) }
    perform(loop.router.settle(), index)
    if more { scheduleTurn(index) }
    if loop.router.keepsAppendsBack {
      world.time.after(1) { [weak self] in
        loop.router.gatherTimeIsOver()
        self?.scheduleTurn(index)
      }
    }
  }

  private func perform(_ actions: [RouterAction], _ index: Int) {
    for action in actions {
      switch action {
      case .close(let session, _): loops[index].connections[session]?.cut()
      // It asks for no tokens.
      case .opened, .pauseReading, .resumeReading, .answer, .authenticate, .trace: break
      case .send(let messages, let other): send(messages, from: index, to: other)
      case .write(let writes, let ticket):
        store.write(writes) { [weak self] result in
          guard let self, isAlive else { return }
          loops[index].router.written(ticket, result, at: world.time.moment)
          scheduleTurn(index)
        }
      case .read(let reads):
        for read in reads {
          store.read(read.query) { [weak self] result in
            guard let self, isAlive else { return }
            loops[index].router.answered(read.ticket, result, at: world.time.moment)
            scheduleTurn(index)
          }
        }
      }
    }
  }

  private func send(_ messages: [LoopMessage], from: Int, to: Int) {
    let arrival = max(arrivals[from][to], world.time.now + UInt64(world.random.below(3)))
    arrivals[from][to] = arrival
    world.time.after(Int(arrival - world.time.now)) { [weak self] in
      guard let self, isAlive else { return }
      loops[to].router.deliver(messages, at: world.time.moment)
      scheduleTurn(to)
    }
  }
}
