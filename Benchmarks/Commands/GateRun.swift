/// Measures the gate's figures.
struct GateRun {
  private static let rounds = 3
  private static let idleSessions = 4000

  let lab: Lab
  let seconds: Double
  let warmup: Double
  private(set) var values: [GateFigure: Double] = [:]

  init(lab: Lab, seconds: Double, warmup: Double) {
    self.lab = lab
    self.seconds = seconds
    self.warmup = warmup
  }

  mutating func measureAll() throws {
    try count(
      .saturated(subscribers: 1000, inFlight: 8), allocations: .allocationsPerDelivery,
      instructions: .instructionsPerDelivery)
    try count(
      .saturated(topics: 1000, subscribers: 1, publishers: 50, inFlight: 1),
      allocations: .allocationsPerMessage, instructions: .instructionsPerMessage)
    let idle = try lab.measure(.broker, .idle(sessions: Self.idleSessions), label: "idle sessions")
    values[.bytesPerIdleSession] = idle.bytesPerConnection
    for figure in GateFigure.allCases { try measureRatio(figure) }
  }

  /// Time on a shared machine is the one thing here that may need a second look.
  mutating func measureAgain(_ figure: GateFigure) throws {
    guard figure.comparison != nil else { return }
    let first = values[figure] ?? .infinity
    try measureRatio(figure)
    values[figure] = min(first, values[figure] ?? .infinity)
  }

  private mutating func count(
    _ workload: Workload, allocations: GateFigure, instructions: GateFigure
  ) throws {
    let extras = Lab.Extras(
      countsAllocations: true, countsInstructions: InstructionCounter.isAvailable)
    let measurement = try lab.measure(
      .broker, workload.lasting(seconds, warmup: warmup), label: allocations.title, extras: extras)
    let work = Double(max(1, measurement.outcome.deliveries))
    values[allocations] = measurement.allocations.map { Double($0) / work }
    values[instructions] = measurement.instructions.map { Double($0) / work }
  }

  private mutating func measureRatio(_ figure: GateFigure) throws {
    guard let (server, reference, workload) = figure.comparison else { return }
    var ratios: [Double] = []
    for round in 1...Self.rounds {
      let label = "\(figure.title), round \(round) of \(Self.rounds)"
      let first = try lab.measure(server, workload.lasting(seconds, warmup: warmup), label: label)
      let second = try lab.measure(reference, workload.lasting(seconds, warmup: warmup), label: label)
      ratios.append(first.cpuSecondsPerMillion / second.cpuSecondsPerMillion)
    }
    values[figure] = Spread(ratios)?.median
  }
}
