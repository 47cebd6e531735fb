/// What one server did with one workload, once.
struct Measurement: Codable, Sendable {
  /// Deliveries that were not as they should be.
  struct Faults: Codable, Sendable {
    var lost: UInt64 = 0
    var duplicated: UInt64 = 0
    var reordered: UInt64 = 0
    var corrupt: UInt64 = 0

    var total: UInt64 { lost + duplicated + reordered + corrupt }
  }

  var server: ServerKind
  var workload: Workload
  var outcome: Outcome
  /// Of the server in the measured time.
  var serverCPUSeconds: Double
  var connections: Int
  var connectSeconds: Double
  /// What the connections took, before anything was published.
  var connectedMemory: MemoryUsage
  /// What came on top while messages flowed.
  var loadedMemory: MemoryUsage
  /// All of the server at the end.
  var residentBytes: Int
  var faults: Faults
  /// It had the cores in turn with others: latencies have the pauses in them.
  var ranInTurn: Bool?
  /// Where it was asked for.
  var allocations: Int?
  /// Where it was asked for and the machine can count them.
  var instructions: Int?

  var cpuSecondsPerMillion: Double { serverCPUSeconds / Double(max(1, outcome.deliveries)) * 1e6 }

  var perSecond: Double { Double(outcome.deliveries) / max(outcome.seconds, 1e-9) }

  var connectsPerSecond: Double { Double(connections) / max(connectSeconds, 1e-9) }

  /// Of the server's own memory.
  var bytesPerConnection: Double { Double(connectedMemory.anonymousBytes) / Double(max(1, connections)) }

  /// Of the kernel's memory, both ends of the connection together.
  var kernelBytesPerConnection: Double {
    Double(connectedMemory.slabBytes + connectedMemory.socketBytes) / Double(max(1, connections))
  }
}
