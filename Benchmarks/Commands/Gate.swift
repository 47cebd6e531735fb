import ArgumentParser

/// Refuses what makes the broker dearer.
struct Gate: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Measure what is steady and fail if it grew over Benchmarks/thresholds.json.",
    discussion: """
      Counts and ratios only: they are the same on a fast machine and on a slow one. Instructions are counted where \
      perf can count them.

      EXAMPLES
        benchmarks gate
        benchmarks gate --update    # after a change that is worth its price
      """)

  private struct Row: Encodable {
    var figure: GateFigure
    var value: Double?
    var maximum: Double?
    var holds: Bool
  }

  /// Other work on the machine makes a figure larger now and then, and never smaller.
  private static let looksAgain = 3

  @Flag(help: "Write what is measured now, with some headroom, as the new thresholds.") var update = false
  @OptionGroup var options: LabOptions

  func run() throws {
    var thresholds = update ? GateThresholds() : try GateThresholds.read()
    var run = GateRun(lab: options.lab, seconds: options.seconds ?? 1, warmup: options.warmup)
    try run.measureAll()
    if update {
      // A figure that this machine cannot count keeps its threshold.
      thresholds = (try? GateThresholds.read()) ?? thresholds
      for (figure, value) in run.values {
        thresholds[figure] = figure.threshold(for: value)
      }
      try thresholds.write()
      Note.write("thresholds in \(GateThresholds.file)")
    }
    for _ in 0..<Self.looksAgain {
      for figure in GateFigure.allCases where !holds(figure, run, thresholds) {
        try run.measureAgain(figure)
      }
    }
    let rows = GateFigure.allCases.map {
      Row(figure: $0, value: run.values[$0], maximum: thresholds[$0], holds: holds($0, run, thresholds))
    }
    print(options.json ? try Format.json(rows) : text(rows))
    let broken = rows.filter { !$0.holds }
    guard broken.isEmpty else {
      for row in broken {
        Note.write(
          "\(row.figure.title) is \(Format.number(row.value ?? 0)), allowed is "
            + "\(Format.number(row.maximum ?? 0)): find out why, or take it with benchmarks gate --update")
      }
      throw ExitCode(1)
    }
  }

  /// True also where the machine cannot count or nothing is written down yet.
  private func holds(_ figure: GateFigure, _ run: GateRun, _ thresholds: GateThresholds) -> Bool {
    guard let value = run.values[figure], let maximum = thresholds[figure] else { return true }
    return value <= maximum
  }

  private func text(_ rows: [Row]) -> String {
    var table = Table(["", "now", "allowed", ""])
    for row in rows {
      let verdict =
        row.value == nil
        ? "not counted here" : row.maximum == nil ? "no threshold" : row.holds ? "holds" : "grew"
      table.add([
        row.figure.title, row.value.map(Format.number) ?? "–", row.maximum.map(Format.number) ?? "–", verdict,
      ])
    }
    return table.text()
  }
}
