import ChatClient
import ChatCore

/// Records everything that one session is given. It leaves reconnecting and resuming to the client library.
struct Subscriber: Sendable {
  let name: String
  let client: ChatClient
  let recorder: Recorder

  /// Runs until the client is closed.
  func run() async {
    for await update in client.updates {
      switch update {
      case .message(let message):
        await recorder.record(
          .seen(
            subscriber: name, conversation: message.conversation, sequence: message.sequence,
            body: String(decoding: message.body.bytes, as: UTF8.self)))
      case .gap(let gap):
        await recorder.record(
          .gap(subscriber: name, conversation: gap.conversation, from: gap.from, to: gap.to))
      case .connected:
        await recorder.recordConnected()
      default:
        break
      }
    }
  }
}
