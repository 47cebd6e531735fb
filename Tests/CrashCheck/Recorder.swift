/// Collects what publishers and subscribers observe.
actor Recorder {
  /// Errors that are kept word by word.
  private static let keptErrors = 10

  private(set) var checker = DeliveryChecker()
  /// Publishes, or addresses of a publish, that ended with an error.
  private(set) var refusedCount = 0
  /// Acknowledgements that said that the message was stored before.
  private(set) var duplicateCount = 0
  /// Times that a subscriber's session was opened.
  private(set) var connectedCount = 0
  /// The first errors.
  private(set) var errors: [String] = []

  func record(_ event: DeliveryEvent) {
    checker.record(event)
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
