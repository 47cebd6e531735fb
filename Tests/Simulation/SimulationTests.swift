import ChatCore
import Foundation
import Testing

/// `CHAT_SIMULATION_SEEDS=41-140` runs these instead of the usual ones; a single number replays one.
private let seeds: [UInt64] = {
  let wanted = ProcessInfo.processInfo.environment["CHAT_SIMULATION_SEEDS"] ?? "1-64"
  let bounds = wanted.split(separator: "-").compactMap { UInt64($0) }
  guard let first = bounds.first, let last = bounds.last, first <= last else { return [] }
  return Array(first...last)
}()

@Suite struct SimulationTests {
  @Test(
    "Nothing is lost, doubled or out of order, whatever happens to networks, clients, the store and the node",
    arguments: seeds)
  func promisesHold(seed: UInt64) {
    let simulation = Simulation(seed: seed)
    simulation.run(seconds: 20)
    #expect(simulation.violations == [])
    #expect(simulation.acknowledged > 50)
    #expect(simulation.delivered > 500)
  }

  @Test("A planted fault is found", arguments: PlantedFault.allCases)
  func faultIsFound(_ fault: PlantedFault) {
    let found = (UInt64(1)...40).first { seed in
      let simulation = Simulation(seed: seed, fault: fault)
      simulation.run(seconds: 20)
      return !simulation.violations.isEmpty
    }
    #expect(found != nil, "no seed found \(fault)")
  }

  @Test("A seed replays exactly")
  func seedReplays() {
    func trace(_ seed: UInt64) -> [Int] {
      let simulation = Simulation(seed: seed)
      simulation.run(seconds: 10)
      return [simulation.delivered, simulation.acknowledged, simulation.gaps, simulation.crashes]
    }
    #expect(trace(7) == trace(7))
    #expect(trace(7) != trace(8))
  }

  @Test("The trouble is real: there are crashes and gaps")
  func troubleIsReal() {
    var crashes = 0
    var gaps = 0
    for seed in UInt64(1)...10 {
      let simulation = Simulation(seed: seed)
      simulation.run(seconds: 20)
      crashes += simulation.crashes
      gaps += simulation.gaps
    }
    #expect(crashes > 3)
    #expect(gaps > 3)
  }
}
