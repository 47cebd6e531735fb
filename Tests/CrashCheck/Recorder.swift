/// Collects what publishers and subscribers observe.
actor Recorder {
  /// Errors that are kept word by word.
  private static let keptErrors = 10

  private var checker = DeliveryChecker()
  /// Publishes, or addresses of a publish, that ended with an error.
  private(set) var refusedCount = 0
  /// Acknowledgements that said that the message was stored before.
  private(set) var duplicateCount = 0
  /// Times that a subscriber's session was opened.
  private(set) var connectedCount = 0
  /// The first errors.
  private(set) var errors: [String] = []

  var acknowledgedCount: Int { checker.acknowledgedCount }
  var seenCount: Int { checker.seenCount }
  var storedCount: Int { checker.storedCount }

  func violations() -> [Violation] { checker.violations() }

  func record(_ event: DeliveryEvent) {
    checker.record(event)
  }

  /// The last sequence that the subscriber was given of the conversation; 0: none.
  func lastSeen(by subscriber: String, in conversation: String) -> UInt64 {
    checker.lastSeen(by: subscriber, in: conversation)
  }

  func recordDuplicate() {
    duplicateCount += 1
  }

  func recordConnected() {
    connectedCount += 1
  }

  func recordRefusal(_ error: any Error) {
    refusedCount += 1
    if errors.count < Self.keptErrors { errors.append("\(error)") }
  }
}
