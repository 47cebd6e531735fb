import ChatCore

/// A text to be published.
func publication(_ text: String, to addresses: String..., id: String = "") -> ClientFrame.Publish {
  var publish = ClientFrame.Publish()
  publish.to = addresses
  publish.body = Payload(Array(text.utf8))
  publish.clientMessageID = id
  return publish
}

/// What a request is refused with; nil: it is not.
func refusal<Value>(of body: () async throws -> Value) async throws -> ErrorCode? {
  do {
    _ = try await body()
    return nil
  } catch let error as ChatError {
    return error.code
  }
}
