import ArgumentParser

/// A page with pictures.
struct Report: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Write one HTML page with plots of what was measured.",
    discussion: """
      Without a file it measures what the page shows, in about six minutes.

      EXAMPLES
        benchmarks report
        benchmarks compare --output live.json && benchmarks durable --output durable.json
        benchmarks report live.json durable.json --output report.html
      """)

  @Argument(help: "Files that --output of other commands wrote.") var files: [String] = []
  @Option(help: ArgumentHelp("Where the page goes.", valueName: "file")) var output = "report.html"
  @Option(help: ArgumentHelp("Keep what it measured in this file.", valueName: "file")) var results: String?
  @Option(help: "Rounds of what is compared, 1 to 100.") var rounds = 2
  @OptionGroup var options: LabOptions

  func validate() throws { try Allowed.check("--rounds", rounds, 1...100) }

  func run() throws {
    let measured =
      files.isEmpty
      ? try ReportMeasurements(options: options, rounds: rounds).run() : try Results.read(files)
    if let results { try measured.write(to: results) }
    do {
      try ReportPage(results: measured).html.write(toFile: output, atomically: true, encoding: .utf8)
    } catch {
      throw BenchmarkError("cannot write \(output): \(error.localizedDescription)")
    }
    if options.json { print(try Format.json(measured)) }
    Note.write("the page is \(output)")
    try Verdict.check(measured)
  }
}
