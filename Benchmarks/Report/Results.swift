import Foundation

/// What a command measured, with everything that is needed to measure it again.
struct Results: Codable, Sendable {
  var date = Date()
  var command = CommandLine.arguments.dropFirst().joined(separator: " ")
  var machine = Machine.current()
  /// Of each server, by its name.
  var versions: [String: String] = [:]
  var samples: [Sample] = []

  init(servers: [ServerKind]) {
    for server in servers {
      versions[server.rawValue] = (try? server.launcher.program()).map(server.launcher.version)
    }
  }

  /// Several files become one.
  static func read(_ files: [String]) throws -> Results {
    let decoder = JSONDecoder()
    decoder.dateDecodingStrategy = .iso8601
    var all: Results?
    for file in files {
      let next: Results
      do {
        next = try decoder.decode(Results.self, from: Data(contentsOf: URL(fileURLWithPath: file)))
      } catch {
        throw BenchmarkError("\(file) is not a file that --output wrote: \(error)")
      }
      guard all != nil else {
        all = next
        continue
      }
      all?.command += "; " + next.command
      all?.versions.merge(next.versions) { $1 }
      all?.samples += next.samples
    }
    guard let all else { throw BenchmarkError("no file of results") }
    return all
  }

  func write(to file: String) throws {
    do {
      try (Format.json(self) + "\n").write(toFile: file, atomically: true, encoding: .utf8)
    } catch {
      throw BenchmarkError("cannot write \(file): \(error.localizedDescription)")
    }
    Note.write("results in \(file)")
  }

  // MARK: Reading

  func measurements(_ series: String, _ server: ServerKind) -> [Measurement] {
    samples.filter { $0.series == series && $0.measurement.server == server }.map(\.measurement)
  }

  func spread(_ series: String, _ server: ServerKind, _ value: (Measurement) -> Double) -> Spread? {
    Spread(measurements(series, server).map(value))
  }

  /// In the order in which they were measured first.
  func servers(_ series: String) -> [ServerKind] {
    samples.reduce(into: []) { found, sample in
      if sample.series == series, !found.contains(sample.measurement.server) {
        found.append(sample.measurement.server)
      }
    }
  }

  /// One server's value over the other's, round by round.
  func ratio(
    _ series: String, _ above: ServerKind, _ below: ServerKind, _ value: (Measurement) -> Double
  ) -> Spread? {
    let inSeries = samples.filter { $0.series == series }
    return Spread(
      inSeries.filter { $0.measurement.server == above }.compactMap { sample in
        inSeries.first { $0.round == sample.round && $0.measurement.server == below }
          .map { value(sample.measurement) / value($0.measurement) }
      })
  }
}
