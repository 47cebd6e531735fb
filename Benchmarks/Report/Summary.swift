/// One measurement in words.
struct Summary {
  let measurement: Measurement

  var text: String {
    let rows = measurement.workload.kind == .resume ? common : common + connections
    let width = rows.map(\.0.count).max() ?? 0
    return rows.map { name, value in
      "  " + name + String(repeating: " ", count: width - name.count + 2) + value
    }.joined(separator: "\n")
  }

  private var common: [(String, String)] {
    let outcome = measurement.outcome
    let isResume = measurement.workload.kind == .resume
    let latency = outcome.latency
    return [
      ("server", measurement.server.title),
      (
        measurement.workload.kind == .durable ? "answers" : "deliveries",
        "\(Format.count(outcome.deliveries)) in \(Format.number(outcome.seconds)) s: "
          + "\(Format.count(measurement.perSecond)) a second"
          + (isResume ? "" : ", of \(Format.count(outcome.publishes)) messages")
      ),
      (
        "server CPU",
        "\(Format.number(measurement.cpuSecondsPerMillion)) s for a million, "
          + "\(Format.percent(measurement.serverCPUSeconds / max(outcome.seconds, 1e-9))) of its core"
      ),
      (
        isResume ? "complete, ms" : "latency, ms",
        "p50 \(Format.milliseconds(latency.p50)), p90 \(Format.milliseconds(latency.p90)), "
          + "p99 \(Format.milliseconds(latency.p99)), p99.9 \(Format.milliseconds(latency.p999)), "
          + "max \(Format.milliseconds(latency.max))"
      ),
      (
        "on the wire",
        "\(Format.bytes(Double(outcome.sentBytes))) to the server, "
          + "\(Format.bytes(Double(outcome.receivedBytes))) from it"
      ),
      (
        "memory",
        "\(Format.bytes(Double(measurement.residentBytes))) resident, "
          + "\(Format.bytes(Double(measurement.loadedMemory.anonymousBytes))) more under load, "
          + "\(Format.bytes(Double(measurement.loadedMemory.socketBytes))) more in the kernel's socket buffers"
      ),
      ("checked", checked),
      (
        "load",
        "used \(Format.percent(outcome.cpuSeconds / max(outcome.seconds, 1e-9))) of its core, waited "
          + Format.percent(outcome.waitShare)
      ),
    ]
  }

  private var connections: [(String, String)] {
    [
      (
        "connections",
        "\(Format.count(measurement.connections)), \(Format.count(measurement.connectsPerSecond)) a second, "
          + "each \(Format.bytes(measurement.bytesPerConnection)) of the server's memory and "
          + "\(Format.bytes(measurement.kernelBytesPerConnection)) of the kernel's, both ends"
      )
    ]
  }

  private var checked: String {
    let faults = measurement.faults
    return faults.total == 0
      ? "nothing lost, duplicated, out of order or corrupt"
      : "\(faults.lost) lost, \(faults.duplicated) duplicated, \(faults.reordered) out of order, "
        + "\(faults.corrupt) corrupt"
  }
}
