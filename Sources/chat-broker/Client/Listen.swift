import ArgumentParser
import ChatClient
import ChatCore

/// `chat-broker listen`
struct Listen: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Print messages as they arrive.",
    discussion: """
      Without an address it prints what is sent to any conversation of the user, from what was not received yet; \
      what it prints counts as received. With an address it prints that conversation only, from the next message \
      or from --after, and nothing counts as received. It ends with Ctrl-C, or after --count messages.

      EXAMPLES
        chat-broker listen --user carol
        chat-broker listen group:lobby --count 1
        chat-broker listen broadcast:news --after 0 --json | jq -r .body
      """)

  @OptionGroup var client: ClientOptions

  @Argument(help: AddressArgument.help)
  var address: AddressArgument?

  @Option(help: "Stop after so many messages.")
  var count: UInt64?

  @Option(help: ArgumentHelp("Start after this sequence; 0: with the first message.", valueName: "sequence"))
  var after: UInt64?

  @Flag(help: "Print each message as a JSON object.")
  var json = false

  func validate() throws {
    if after != nil, address == nil {
      throw ValidationError("--after needs an address: sequences are counted in each conversation")
    }
    if count == 0 { throw ValidationError("--count takes a number from 1") }
  }

  func run() async throws {
    let session = try await ClientSession.open(client, acknowledges: address == nil)
    // Closing tells the broker what was received.
    try await ExitOnSignal.during(tidyUp: { await session.close() }) {
      if let address {
        try await session.join(address)
        try await session.follow(address, after: after)
      }
      try await listen(session)
      await session.close()
    }
  }

  /// The sequence before the next message.
  private static func place(behind gap: Gap, from place: UInt64) -> UInt64 {
    switch gap.reason {
    case .epochChanged: 0
    case .logTruncated: gap.from &- 1
    case .retention, .notKept, .notGranted, .unspecified: max(place, gap.to)
    }
  }

  private func listen(_ session: ClientSession) async throws(CommandFailure) {
    let formatter = MessageFormatter(style: Style(isTerminal: Terminal.isOutput, environment: .process))
    let wanted = address?.conversation(for: session.user)
    var place = after ?? 0
    var printed: UInt64 = 0
    var notice = ConnectionNotice()
    for await update in session.updates {
      switch update {
      case .message(let message):
        guard wanted == nil || message.conversation == wanted else { continue }
        if wanted != nil {
          // What was on its way when the place was moved comes again, or came before.
          let isNext = after == nil ? message.sequence > place : message.sequence &- 1 == place
          guard isNext else { continue }
          place = message.sequence
        }
        Output.line(json ? MessageFormatter.json(message) : formatter.listenLine(message))
        printed += 1
        if printed == count { return }
      case .gap(let gap):
        guard wanted == nil || gap.conversation == wanted else { continue }
        place = Self.place(behind: gap, from: place)
        Output.line(json ? MessageFormatter.json(gap) : formatter.gapLine(gap))
      default:
        if let line = notice.line(update) { Output.error(line) }
      }
    }
    throw CommandFailure(.unavailable, "the connection to \(session.server) has ended")
  }
}
