import Foundation

/// Makes measurements: a fresh server on one core, the load on another.
struct Lab: Sendable {
  var serverCore = 0
  var generatorCore = 1
  /// Time for memory to settle once all are connected.
  private static let settleTime: useconds_t = 300_000

  /// What to do beside measuring time.
  struct Extras: Sendable {
    var countsAllocations = false
    var countsInstructions = false
    /// A conversation that somebody follows from the start.
    var follower: String?
  }

  /// - Parameter label: for the progress line.
  func measure(
    _ kind: ServerKind, _ template: Workload, label: String, extras: Extras = Extras()
  ) throws -> Measurement {
    do {
      return try run(kind, template, label: label, extras: extras)
    } catch let error as BenchmarkError {
      throw BenchmarkError("\(label), \(kind.title): \(error)")
    }
  }

  private func run(
    _ kind: ServerKind, _ template: Workload, label: String, extras: Extras
  ) throws -> Measurement {
    let allocations = extras.countsAllocations ? try AllocationCounter() : nil
    Note.progress("\(label): \(kind.title) starts")
    defer { Note.clear() }
    let server = try ServerProcess(kind, core: serverCore, environment: allocations?.environment ?? [:])
    defer { server.stop() }
    var workload = template
    workload.dialect = kind.dialect
    workload.port = server.port
    workload.webSocketPort = server.webSocketPort
    workload.core = generatorCore
    if kind.isStoredBroker { workload.durable = true }
    if kind == .brokerRepeats { workload.clientIDs = false }
    let follower = try extras.follower.map { try Follower(conversation: $0, port: server.port) }
    defer { withExtendedLifetime(follower) {} }
    let empty = try MemoryUsage(process: server.id)
    let generator = try GeneratorProcess(workload)
    defer { generator.stop() }
    do {
      return try drive(
        server, generator, workload, label: label, empty: empty, allocations: allocations,
        countsInstructions: extras.countsInstructions)
    } catch {
      // If the server fell over, that is the news.
      try server.check()
      throw BenchmarkError("\(error)\(server.logText())")
    }
  }

  private func drive(
    _ server: ServerProcess, _ generator: GeneratorProcess, _ workload: Workload, label: String,
    empty: MemoryUsage, allocations: AllocationCounter?, countsInstructions: Bool
  ) throws -> Measurement {
    let connected = try generator.wait(for: .connected)
    usleep(Self.settleTime)
    let connectedMemory = try MemoryUsage(process: server.id)
    var measurement = Measurement(
      server: server.kind, workload: workload, outcome: Outcome(), serverCPUSeconds: 0,
      connections: connected.connections ?? 0, connectSeconds: connected.connectSeconds ?? 0,
      connectedMemory: connectedMemory - empty, loadedMemory: connectedMemory - connectedMemory,
      residentBytes: connectedMemory.residentBytes, faults: Measurement.Faults())
    if workload.kind == .idle {
      try generator.send("stop")
      return measurement
    }
    try generator.send("go")
    _ = try generator.wait(for: .started)
    let before = try ProcessUsage(process: server.id)
    let allocationsBefore = try allocations?.count()
    let instructions = countsInstructions ? try InstructionCounter(process: server.id) : nil
    let finished = try generator.wait(for: .finished) { deliveries in
      Note.progress("\(label): \(server.kind.title), \(Format.count(deliveries)) deliveries")
    }
    let after = try ProcessUsage(process: server.id)
    if let allocationsBefore {
      measurement.allocations = try allocations.map { try $0.count() - allocationsBefore }
    }
    measurement.instructions = instructions?.stop()
    measurement.serverCPUSeconds =
      Double(after.cpuNanoseconds - min(before.cpuNanoseconds, after.cpuNanoseconds)) / 1e9
    let loaded = try MemoryUsage(process: server.id)
    measurement.loadedMemory = loaded - connectedMemory
    measurement.residentBytes = loaded.residentBytes
    Note.progress("\(label): \(server.kind.title), checking that everything came")
    let verified = try generator.wait(for: .verified)
    // The later one has the latencies of what was still on its way.
    guard let outcome = verified.outcome ?? finished.outcome else {
      throw BenchmarkError("the load generator finished without an outcome")
    }
    measurement.outcome = outcome
    measurement.faults = Measurement.Faults(
      lost: verified.lost ?? 0, duplicated: verified.duplicated ?? 0, reordered: verified.reordered ?? 0,
      corrupt: verified.corrupt ?? 0)
    return measurement
  }

  /// The servers that can be started here; says what is missing.
  func available(_ kinds: [ServerKind]) throws -> [ServerKind] {
    try kinds.filter { kind in
      do {
        _ = try kind.launcher.program()
        return true
      } catch let error as BenchmarkError {
        guard kind.isPeer else { throw error }
        Note.write("without \(kind.title): \(error)")
        return false
      }
    }
  }
}
