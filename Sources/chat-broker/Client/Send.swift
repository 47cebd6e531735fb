import ArgumentParser
import ChatCore

/// `chat-broker send`
struct Send: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Send messages and print their receipts.",
    discussion: """
      The text comes from the arguments, or from standard input: each line is a message, blank lines are left \
      out. A receipt means that the message is on stable storage. Groups are joined first.

      EXAMPLES
        chat-broker send lobby hello everybody
        chat-broker send user:bob "see you at 5" --user alice
        tail -f app.log | chat-broker send group:ops --user app
        chat-broker send group:a hello --to group:b --to user:bob --json
      """)

  @OptionGroup var client: ClientOptions

  @Argument(help: AddressArgument.help)
  var address: AddressArgument

  @Argument(help: "The text of one message. Without it, standard input is read.")
  var text: [String] = []

  @Option(
    name: .customLong("to"), parsing: .singleValue,
    help: ArgumentHelp("A further address; may be repeated.", valueName: "address"))
  var further: [AddressArgument] = []

  @Flag(help: "Print each receipt as a JSON object.")
  var json = false

  func run() async throws {
    let session = try await ClientSession.open(client)
    session.discardUpdates()
    try await ExitOnSignal.during(tidyUp: {}) {
      let addresses = [address] + further
      for address in addresses { try await session.join(address) }
      let printer = ReceiptPrinter(
        session: session, json: json, style: Style(isTerminal: Terminal.isOutput, environment: .process))
      let pipeline = await PublishPipeline<Void>(
        session: session, addresses: addresses.map(\.text)
      ) { _, outcome in await printer.take(outcome) }
      var inputFailure: CommandFailure?
      if text.isEmpty {
        do throws(CommandFailure) {
          try await sendInput(pipeline)
        } catch {
          inputFailure = error
        }
      } else {
        _ = await pipeline.publish(Array(text.joined(separator: " ").utf8), tag: ())
      }
      await pipeline.finish()
      await session.close()
      if let failure = await printer.failure ?? inputFailure { throw failure }
    }
  }

  private func sendInput(_ pipeline: PublishPipeline<Void>) async throws(CommandFailure) {
    let input = try InputFile()
    while let lines = try await input.lines() {
      for line in lines where !line.isBlank {
        guard await pipeline.publish(line.bytes, tag: ()) else { return }
      }
    }
  }
}

/// Prints receipts, and remembers the first refusal.
actor ReceiptPrinter {
  private let session: ClientSession
  private let json: Bool
  private let formatter: MessageFormatter
  private(set) var failure: CommandFailure?

  init(session: ClientSession, json: Bool, style: Style) {
    self.session = session
    self.json = json
    formatter = MessageFormatter(style: style)
  }

  /// - Returns: whether it makes sense to go on.
  func take(_ outcome: Result<[Receipt], any Error>) -> Bool {
    switch outcome {
    case .success(let receipts):
      for receipt in receipts {
        Output.line(json ? MessageFormatter.json(receipt) : formatter.receiptLine(receipt))
        if let error = receipt.error, failure == nil {
          // The line above has said it.
          failure = CommandFailure(CommandFailure(error).status, json ? "" : "not all messages were accepted")
        }
      }
      return true
    case .failure(let error):
      let reason = session.failure(error)
      // One sentence for each refusal; the last is said when the command ends.
      if let failure, !failure.message.isEmpty { Output.error(failure.message) }
      failure = reason
      return reason.status == .refused
    }
  }
}

extension LineSplitter.Line {
  var isBlank: Bool {
    bytes.allSatisfy { $0 == UInt8(ascii: " ") || (0x09...0x0d).contains($0) }
  }
}
