/// What a publisher writes into a message, so that each message can be told from every other: `publisher:counter`.
struct MessageBody: Hashable, Sendable {
  let publisher: String
  /// Rises by one with each publish of this publisher.
  let counter: Int

  init(publisher: String, counter: Int) {
    self.publisher = publisher
    self.counter = counter
  }

  /// Reads the text of a message; `nil` if no publisher wrote it.
  init?(_ text: String) {
    guard let colon = text.lastIndex(of: ":"), colon > text.startIndex,
      let counter = Int(text[text.index(after: colon)...]), counter > 0
    else { return nil }
    self.init(publisher: String(text[..<colon]), counter: counter)
  }

  var text: String { "\(publisher):\(counter)" }
}
