import ArgumentParser
import Foundation

/// What all measuring commands have in common.
struct LabOptions: ParsableArguments {
  @Option(help: ArgumentHelp("Measured time of each run.", valueName: "s")) var seconds: Double?
  @Option(help: ArgumentHelp("Time before it.", valueName: "s")) var warmup = 0.5
  @Option(help: ArgumentHelp("The core for the server.", valueName: "n")) var serverCore = 0
  @Option(help: ArgumentHelp("The core for the load.", valueName: "n")) var generatorCore = 1
  @Flag(help: "Print the results as JSON.") var json = false

  func validate() throws {
    guard Machine.canMeasure else {
      throw ValidationError("measuring needs Linux: epoll, /proc and taskset")
    }
    if let seconds { try Allowed.check("--seconds", seconds, 0.1...3600) }
    try Allowed.check("--warmup", warmup, 0...600)
    let cores = ProcessInfo.processInfo.processorCount
    guard cores > 1 else {
      throw ValidationError("measuring needs two cores, one for the server and one for the load")
    }
    try Allowed.check("--server-core", serverCore, 0...(cores - 1))
    try Allowed.check("--generator-core", generatorCore, 0...(cores - 1))
    guard serverCore != generatorCore else {
      throw ValidationError("--server-core and --generator-core are both \(serverCore): they must differ")
    }
  }

  var lab: Lab {
    #if DEBUG
      Note.write("this is a debug build, its figures mean nothing: swift run -c release benchmarks …")
    #endif
    return Lab(serverCore: serverCore, generatorCore: generatorCore)
  }

  func timed(_ workload: Workload, seconds standard: Double) -> Workload {
    workload.lasting(seconds ?? standard, warmup: warmup)
  }
}
