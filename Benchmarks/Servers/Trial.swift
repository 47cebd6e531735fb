import Foundation

/// A server on its core, and its load on another, connected and ready to begin.
final class Trial {
  /// Time for memory to settle once all are connected.
  private static let settleTime: useconds_t = 300_000

  private let label: String
  private let server: ServerProcess
  private let generator: GeneratorProcess
  private let follower: Follower?
  private let allocations: AllocationCounter?
  private let countsInstructions: Bool
  private let connectedMemory: MemoryUsage
  private var allocationsBefore: Int?
  private var instructions: InstructionCounter?
  private var cpuBefore: ProcessUsage?
  /// Since when it runs, and how long it has run before, in the measured time. `nil`: it does not now.
  private var runningSince: Date?
  private var ranBefore = 0.0
  /// How long it has run since the load said something, where it has slices of time.
  private var silence = 0.0
  private(set) var measurement: Measurement

  /// - Parameter label: for the progress line.
  init(
    _ kind: ServerKind, _ template: Workload, serverCore: Int, generatorCore: Int, label: String,
    extras: Lab.Extras
  ) throws {
    self.label = label
    countsInstructions = extras.countsInstructions
    allocations = extras.countsAllocations ? try AllocationCounter() : nil
    Note.progress("\(label): \(kind.title) starts")
    let server = try ServerProcess(kind, core: serverCore, environment: allocations?.environment ?? [:])
    self.server = server
    var workload = template
    workload.dialect = kind.dialect
    workload.port = server.port
    workload.webSocketPort = server.webSocketPort
    workload.core = generatorCore
    if kind.isStoredBroker { workload.durable = true }
    if kind == .brokerRepeats { workload.clientIDs = false }
    follower = try extras.follower.map { try Follower(conversation: $0, port: server.port) }
    let empty = try MemoryUsage(process: server.id)
    let generator = try GeneratorProcess(workload)
    self.generator = generator
    let connected = try Self.explaining(server) { try generator.wait(for: .connected) }
    usleep(Self.settleTime)
    connectedMemory = try MemoryUsage(process: server.id)
    measurement = Measurement(
      server: kind, workload: workload, outcome: Outcome(), serverCPUSeconds: 0,
      connections: connected.connections ?? 0, connectSeconds: connected.connectSeconds ?? 0,
      connectedMemory: connectedMemory - empty, loadedMemory: connectedMemory - connectedMemory,
      residentBytes: connectedMemory.residentBytes, faults: Measurement.Faults())
  }

  deinit { stop() }

  func stop() {
    resume()
    generator.stop()
    server.stop()
  }

  /// Begins; a load that is only connected ends.
  func begin() throws { try generator.send(isIdle ? "stop" : "go") }

  private var isIdle: Bool { measurement.workload.kind == .idle }

  /// Neither server nor load gets any time.
  func pause() {
    if let since = runningSince { ranBefore += Date().timeIntervalSince(since) }
    runningSince = nil
    generator.signal(SIGSTOP)
    server.signal(SIGSTOP)
  }

  func resume() {
    server.signal(SIGCONT)
    generator.signal(SIGCONT)
    if cpuBefore != nil { runningSince = Date() }
  }

  /// Runs to the end.
  func run() throws {
    try begin()
    if isIdle { return }
    try explaining {
      while let event = try generator.next() {
        if try take(event) { return }
      }
    }
  }

  /// Takes what the load says, for so many seconds at most.
  ///
  /// - Returns: whether it has ended, and ``measurement`` is complete.
  func advance(for slice: Double) throws -> Bool {
    let deadline = Date(timeIntervalSinceNow: slice)
    return try explaining {
      while let event = try generator.next(until: deadline) {
        silence = 0
        if try take(event) { return true }
      }
      silence += slice
      guard silence < GeneratorProcess.silenceLimit else { throw generator.silent() }
      return false
    }
  }

  private func take(_ event: GeneratorEvent) throws -> Bool {
    switch event.event {
    case .started: try started()
    case .progress:
      Note.progress("\(label): \(server.kind.title), \(Format.count(event.deliveries ?? 0)) deliveries")
    case .finished: try finished(event)
    case .verified:
      try verified(event)
      return true
    default: break
    }
    return false
  }

  private func started() throws {
    cpuBefore = try ProcessUsage(process: server.id)
    allocationsBefore = try allocations?.count()
    instructions = countsInstructions ? try InstructionCounter(process: server.id) : nil
    runningSince = Date()
  }

  private func finished(_ event: GeneratorEvent) throws {
    let after = try ProcessUsage(process: server.id)
    guard let before = cpuBefore else {
      throw BenchmarkError("the load generator finished before it started")
    }
    if let since = runningSince { ranBefore += Date().timeIntervalSince(since) }
    (cpuBefore, runningSince) = (nil, nil)
    if let allocationsBefore {
      measurement.allocations = try allocations.map { try $0.count() - allocationsBefore }
    }
    measurement.instructions = instructions?.stop()
    measurement.serverCPUSeconds =
      Double(after.cpuNanoseconds - min(before.cpuNanoseconds, after.cpuNanoseconds)) / 1e9
    let loaded = try MemoryUsage(process: server.id)
    measurement.loadedMemory = loaded - connectedMemory
    measurement.residentBytes = loaded.residentBytes
    if let outcome = event.outcome { measurement.outcome = outcome }
    Note.progress("\(label): \(server.kind.title), checking that everything came")
  }

  private func verified(_ event: GeneratorEvent) throws {
    // The later one has the latencies of what was still on its way.
    guard let outcome = event.outcome else {
      throw BenchmarkError("the load generator finished without an outcome")
    }
    measurement.outcome = outcome
    measurement.faults = Measurement.Faults(
      lost: event.lost ?? 0, duplicated: event.duplicated ?? 0, reordered: event.reordered ?? 0,
      corrupt: event.corrupt ?? 0)
  }

  /// Marks the measurement as one of several that ran in turn: its time is that in which it ran.
  func noteInTurn() {
    measurement.ranInTurn = true
    measurement.outcome.seconds = ranBefore
  }

  private func explaining<Result>(_ body: () throws -> Result) throws -> Result {
    do {
      return try Self.explaining(server, body)
    } catch let error as BenchmarkError {
      throw BenchmarkError("\(label), \(server.kind.title): \(error)")
    }
  }

  /// If the server fell over, that is the news.
  private static func explaining<Result>(
    _ server: ServerProcess, _ body: () throws -> Result
  ) throws -> Result {
    do {
      return try body()
    } catch {
      try server.check()
      throw BenchmarkError("\(error)\(server.logText())")
    }
  }
}
