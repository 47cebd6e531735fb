import ArgumentParser
import ChatClient
import ChatCore
import Foundation
import Logging

/// A real conversation through the Swift client.
struct Replay: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Replay a chat log at a steady rate through the Swift client.",
    discussion: """
      The log has lines such as [12:34] <nick> text; it may be packed with gzip. Every message is stored, and every \
      reader checks each.

      EXAMPLES
        benchmarks replay --log irc.txt.gz
        benchmarks replay --log irc.txt --rate 2000 --subscribers 50 --messages 20000
      """)

  @Option(help: ArgumentHelp("The log.", valueName: "file")) var log: String
  @Option(help: "Messages a second, 1 to 100000.") var rate = 500.0
  @Option(help: "Clients that read along, 1 to 1000.") var subscribers = 20
  @Option(help: "Messages of the log, 1 to 1000000.") var messages = 5000
  @OptionGroup var options: LabOptions

  func validate() throws {
    try Allowed.check("--rate", rate, 1...100_000)
    try Allowed.check("--subscribers", subscribers, 1...1000)
    try Allowed.check("--messages", messages, 1...1_000_000)
  }

  func run() async throws {
    let lines = try ChatLog.read(log, most: messages)
    let lab = options.lab
    let server = try ServerProcess(.brokerStored, core: lab.serverCore)
    defer { server.stop() }
    let replay = ReplayRun(lines: lines, rate: rate, subscribers: subscribers, port: server.port)
    let before = try ProcessUsage(process: server.id)
    let result = try await replay.run()
    let cpu = Double(try ProcessUsage(process: server.id).cpuNanoseconds - before.cpuNanoseconds) / 1e9
    guard !options.json else { return print(try Format.json(result)) }
    print(
      """
      \(Format.count(result.messages)) messages at \(Format.number(rate)) a second to \(subscribers) readers, each stored
        deliveries    \(Format.count(result.deliveries)), nothing lost, duplicated, out of order or changed
        latency, ms   p50 \(Format.milliseconds(result.p50)), p99 \(Format.milliseconds(result.p99)), \
      p99.9 \(Format.milliseconds(result.p999)), max \(Format.milliseconds(result.max)); with the Swift client's own time
        server CPU    \(Format.number(cpu / Double(max(1, result.deliveries)) * 1e6)) s for a million deliveries
      """)
  }
}
