import ChatClient
import ChatCore

/// Publishes one message after another, each when the one before is acknowledged.
///
/// It leaves every retry to the client library.
struct Publisher: Sendable {
  /// One publish in so many goes to all conversations at once.
  private static let publishesPerSpread = 4
  /// The pause after a refusal, so that a broker that refuses everything is not flooded.
  private static let refusalPause: Duration = .milliseconds(20)

  let name: String
  let conversations: [String]
  let client: ChatClient
  let recorder: Recorder

  /// Publishes until the task is stopped.
  func run(random: SeededGenerator, until stop: StopFlag) async {
    var random = random
    var counter = 0
    while !stop.isSet, !Task.isCancelled {
      counter += 1
      let addresses =
        random.next(upperBound: UInt64(Self.publishesPerSpread)) == 0
        ? conversations : (conversations.randomElement(using: &random).map { [$0] } ?? [])
      await publish(counter, to: addresses)
    }
  }

  private func publish(_ counter: Int, to addresses: [String]) async {
    let body = MessageBody(publisher: name, counter: counter)
    do {
      for receipt in try await client.publish(Array(body.text.utf8), to: addresses) {
        if let error = receipt.error {
          await recorder.recordRefusal(error)
          continue
        }
        if receipt.duplicate { await recorder.recordDuplicate() }
        await recorder.record(
          .acknowledged(
            publisher: name, counter: counter, conversation: receipt.conversation,
            sequence: receipt.sequence))
      }
    } catch {
      await recorder.recordRefusal(error)
      try? await Task.sleep(for: Self.refusalPause)
    }
  }
}
