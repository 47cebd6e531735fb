/// Where a session has published to twice in a row, and nowhere else since: most go on with it, and it need not be looked up then.
struct PublishTarget {
  /// As the client has named it.
  let address: String
  let conversation: Conversation

  /// The conversation, if this is its address; nil: it is another one, or is to be looked up again.
  func conversation(at address: UnsafeRawBufferPointer) -> Conversation? {
    self.address.hasBytes(address) && !conversation.isForgotten ? conversation : nil
  }
}
