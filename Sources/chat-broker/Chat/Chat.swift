import ArgumentParser
import ChatCore

/// `chat-broker chat`
struct Chat: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Talk in a conversation.",
    discussion: """
      Prints the last messages, then what arrives, and sends what is typed. If standard input is not a terminal, \
      it sends each line and ends. Groups are joined, broadcasts subscribed. What arrives counts as received.

      KEYS      Backspace, Ctrl-U (line), Ctrl-W (word), Ctrl-D or Ctrl-C (end)
      COMMANDS  /help, /history N, /quit

      EXAMPLES
        chat-broker chat lobby --user alice
        chat-broker chat user:bob --user alice
        chat-broker chat broadcast:news --server chat.example.org:7400 --tls
      """)

  @OptionGroup var client: ClientOptions

  @Argument(help: AddressArgument.help)
  var address: AddressArgument

  func run() async throws {
    let session = try await ClientSession.open(client, acknowledges: true)
    let terminal = Terminal.isOutput ? Terminal() : nil
    defer { terminal?.restore() }
    let screen = ChatScreen(terminal: terminal)
    let conversation = ChatConversation(session: session, address: address, screen: screen)
    let tidyUp = { @Sendable in
      terminal?.restore()
      await session.close()
    }
    try await ExitOnSignal.during(tidyUp: tidyUp) {
      let end = await run(conversation, types: terminal != nil)
      await screen.close()
      await session.close()
      try end.get()
    }
  }

  /// Until the input or the connection ends, whichever is first.
  private func run(_ conversation: ChatConversation, types: Bool) async -> Result<Void, CommandFailure> {
    let shown: UInt64
    do {
      shown = try await conversation.enter()
    } catch {
      return .failure(error)
    }
    let (ends, end) = AsyncStream.makeStream(of: Result<Void, CommandFailure>.self)
    // Not child tasks: who reads from a terminal cannot be cancelled, and must not hold up the end.
    Task {
      do throws(CommandFailure) {
        try await (types ? conversation.talk() : conversation.sendInput())
        end.yield(.success(()))
      } catch {
        end.yield(.failure(error))
      }
    }
    Task {
      do throws(CommandFailure) {
        try await conversation.showUpdates(after: shown)
      } catch {
        end.yield(.failure(error))
      }
    }
    for await result in ends { return result }
    return .success(())
  }
}
