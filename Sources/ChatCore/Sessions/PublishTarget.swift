/// Where a session has published to: most publish there again, and need not be looked up then.
struct PublishTarget {
  /// One, as the client has named it.
  let addresses: [String]
  let conversation: Conversation

  /// What an address of the session's user means; nil: it is another one, or is to be looked up again.
  func conversation(at address: String) -> Conversation? {
    guard let known = addresses.first, !conversation.isForgotten else { return nil }
    // Strings are equal also if composed differently.
    return known.utf8.count == address.utf8.count && known == address ? conversation : nil
  }
}
