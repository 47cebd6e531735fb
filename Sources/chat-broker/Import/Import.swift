import ArgumentParser
import ChatCore

/// `chat-broker import`
struct Import: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Bring an IRC log into a conversation.",
    discussion: """
      Reads lines like "[09:14] <nick> text" and publishes "<nick> text", byte for byte and in order, as the \
      importing user. Joins and parts (===), days (###) and other lines are skipped and counted. Each line has an \
      id made of --id, its number and its text, so that a repeated or interrupted import stores nothing twice.

      EXAMPLES
        chat-broker import ubuntu.log group:ubuntu --user archive
        gzip -dc ubuntu.log.gz | chat-broker import - group:ubuntu --id ubuntu.log
      """)

  @OptionGroup var client: ClientOptions

  @Argument(help: "The log; - is standard input.", completion: .file())
  var file: String

  @Argument(help: AddressArgument.help)
  var address: AddressArgument

  @Option(help: "Names the log in the ids of its lines. Default: the file's name without its directory.")
  var id: String?

  func run() async throws {
    let input = try openInput()
    let session = try await ClientSession.open(client)
    session.discardUpdates()
    try await session.join(address)
    let run = ImportRun(session: session, totalBytes: input.totalBytes)
    try await ExitOnSignal.during(tidyUp: { await run.leave() }) {
      let pipeline = await PublishPipeline<UInt64>(session: session, addresses: [address.text]) {
        line, outcome in
        await run.take(outcome, line: line)
      }
      var inputFailure: CommandFailure?
      do throws(CommandFailure) {
        try await publish(input, to: pipeline, run)
      } catch {
        inputFailure = error
      }
      await pipeline.finish()
      await session.close()
      let failure = await run.finish()
      if let failure = inputFailure ?? failure { throw failure }
    }
  }

  private func openInput() throws(CommandFailure) -> InputFile {
    guard !file.hasSuffix(".gz") else {
      let name = TerminalText.escape(file)
      throw CommandFailure(
        .usage,
        "\(name) is compressed; use: gzip -dc \(name) | chat-broker import - \(address.text) --id "
          + TerminalText.escape(logName))
    }
    return try InputFile(path: file == "-" ? nil : file)
  }

  /// The same for a log and for its compressed form.
  private var logName: String {
    if let id { return id }
    let name = file.split(separator: "/").last.map(String.init) ?? file
    return name.hasSuffix(".gz") ? String(name.dropLast(3)) : name
  }

  private func publish(
    _ input: InputFile, to pipeline: PublishPipeline<UInt64>, _ run: ImportRun
  ) async throws(CommandFailure) {
    let ids = ImportID(logName)
    while let lines = try await input.lines() {
      await run.read(bytes: await input.bytesRead)
      for line in lines {
        switch IRCLog.read(line.bytes) {
        case .message(let message):
          let id = ids.clientMessageID(line: line.number, text: line.bytes)
          guard await pipeline.publish(Array(message), clientMessageID: id, tag: line.number) else { return }
        case .day: await run.skip(\.days)
        case .notice: await run.skip(\.notices)
        case .other: await run.skip(\.otherLines)
        }
      }
    }
  }
}
