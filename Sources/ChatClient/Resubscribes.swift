/// Subscribes that the client sends by itself, until they are answered: the last one of each conversation.
///
/// It has no more entries than there are places.
struct Resubscribes {
  private var conversations: [UInt64: String] = [:]
  private var requests: [String: UInt64] = [:]

  mutating func sent(_ request: UInt64, for conversation: String) {
    if let earlier = requests.updateValue(request, forKey: conversation) { conversations[earlier] = nil }
    conversations[request] = conversation
  }

  /// - Returns: the conversation that the request was for; nil: it was none of these.
  mutating func answered(_ request: UInt64) -> String? {
    guard let conversation = conversations.removeValue(forKey: request) else { return nil }
    requests[conversation] = nil
    return conversation
  }

  mutating func connectionLost() {
    conversations.removeAll()
    requests.removeAll()
  }
}
