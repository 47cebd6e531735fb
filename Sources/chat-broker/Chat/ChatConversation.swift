import ChatClient
import ChatCore

/// One conversation as `chat` shows it.
struct ChatConversation: Sendable {
  private let session: ClientSession
  private let address: AddressArgument
  private let screen: ChatScreen
  private let name: String
  private let style: Style
  private let formatter: MessageFormatter

  init(session: ClientSession, address: AddressArgument, screen: ChatScreen) {
    self.session = session
    self.address = address
    self.screen = screen
    name = address.conversation(for: session.user)
    style = Style(isTerminal: Terminal.isOutput, environment: .process)
    formatter = MessageFormatter(style: style)
  }

  /// Joins, shows the last messages and follows what comes after them.
  ///
  /// - Returns: the last sequence shown.
  func enter() async throws(CommandFailure) -> UInt64 {
    try await session.join(address)
    await screen.show(style.dim("\(address.text) as \(session.user.name); /help for help"))
    let last = try await showHistory(ChatInput.defaultHistory)
    if case .conversation = address.address { try await session.follow(address, after: last) }
    return last
  }

  /// Sends what is typed until the end.
  func talk() async throws(CommandFailure) {
    let input = try InputFile()
    await screen.drawPrompt()
    while true {
      let bytes = try await input.bytes()
      if bytes.isEmpty { return }
      for event in await screen.type(bytes) {
        switch event {
        case .interrupt: throw CommandFailure(.interrupted, "")
        case .endOfInput: return
        case .line(let line):
          guard try await obey(ChatInput(line)) else { return }
        }
      }
    }
  }

  /// Sends each line of an input that is not typed, and waits for the receipts.
  func sendInput() async throws(CommandFailure) {
    let input = try InputFile()
    let printer = RefusalPrinter(session: session, screen: screen, style: style)
    let pipeline = await PublishPipeline<Void>(session: session, addresses: [address.text]) { _, outcome in
      await printer.take(outcome)
    }
    while let lines = try await input.lines() {
      for line in lines where !line.isBlank {
        guard await pipeline.publish(line.bytes, tag: ()) else { break }
      }
    }
    await pipeline.finish()
    if let failure = await printer.failure { throw failure }
  }

  /// - Returns: whether the chat goes on.
  private func obey(_ input: ChatInput) async throws(CommandFailure) -> Bool {
    switch input {
    case .quit: return false
    case .nothing: break
    case .mistake(let advice): await screen.show(style.dim(advice))
    case .help:
      await screen.show([
        style.dim("/history N  the last N messages"), style.dim("/quit       leave; so do Ctrl-D and Ctrl-C"),
        style.dim("//text      sends /text"),
      ])
    case .history(let count):
      do {
        _ = try await showHistory(count)
      } catch {
        await screen.show(style.warning(error.message))
      }
    case .message(let text): await send(text)
    }
    return true
  }

  /// Sends in order, and shows only what went wrong: the message itself comes back from the log.
  private func send(_ text: String) async {
    let task = await session.startPublish(Array(text.utf8), to: [address.text])
    Task {
      switch await task.result {
      case .success(let receipts):
        for receipt in receipts where receipt.error != nil {
          await screen.show(formatter.receiptLine(receipt))
        }
      case .failure(let error):
        await screen.show(
          style.warning("not sent: \(TerminalText.escape(text)) (\(session.failure(error).message))"))
      }
    }
  }

  /// - Returns: the last sequence in the log.
  private func showHistory(_ count: Int) async throws(CommandFailure) -> UInt64 {
    var lines: [String] = []
    let request = HistoryRange.Request(limit: UInt64(count))
    let last = try await HistoryReader(session: session, address: address).read(request) { messages in
      lines += messages.map { formatter.chatLine($0, in: name) }
    }
    await screen.show(lines)
    return last
  }

  /// Shows what arrives until the connection has ended for good.
  func showUpdates(after shown: UInt64) async throws(CommandFailure) {
    var notice = ConnectionNotice()
    var shown = shown
    await session.markRead(name, through: shown)
    for await update in session.updates {
      switch update {
      case .message(let message) where message.conversation == name:
        // What came between history and following comes again.
        guard message.sequence > shown else { continue }
        shown = message.sequence
        await screen.show(formatter.chatLine(message, in: name))
        await session.markRead(name, through: shown)
      case .message(let message):
        await screen.show(formatter.chatLine(message, in: name))
      case .gap(let gap):
        // Another log begins anew.
        if gap.conversation == name, gap.reason == .epochChanged { shown = 0 }
        // The log has lost its end, and goes on from there.
        if gap.conversation == name, gap.reason == .logTruncated { shown = gap.from - min(1, gap.from) }
        await screen.show(formatter.gapLine(gap))
      default:
        if let line = notice.line(update) { await screen.show(style.dim(line)) }
      }
    }
    throw CommandFailure(.unavailable, "the connection to \(session.server) has ended")
  }
}

/// Shows what was refused, and remembers the first refusal.
private actor RefusalPrinter {
  private let session: ClientSession
  private let screen: ChatScreen
  private let style: Style
  private(set) var failure: CommandFailure?

  init(session: ClientSession, screen: ChatScreen, style: Style) {
    self.session = session
    self.screen = screen
    self.style = style
  }

  func take(_ outcome: Result<[Receipt], any Error>) -> Bool {
    let reason: CommandFailure
    switch outcome {
    case .success(let receipts):
      guard let error = receipts.lazy.compactMap(\.error).first else { return true }
      reason = CommandFailure(error)
    case .failure(let error):
      reason = session.failure(error)
    }
    failure = failure ?? reason
    return reason.status == .refused
  }
}
