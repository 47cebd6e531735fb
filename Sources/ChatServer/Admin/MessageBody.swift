import ChatCore

/// A message in the API.
struct MessageBody: Encodable {
  let sequence: Decimal
  let time: Decimal
  let conversation: String
  let sender: String
  let contentType: String
  let body: Base64
  let text: String?
  let traceparent: String?

  init(_ message: Message) {
    let bytes = message.body.bytes
    sequence = Decimal(message.sequence)
    time = Decimal(message.time)
    conversation = message.conversation
    sender = message.sender
    contentType = message.contentType
    body = Base64(bytes)
    text = Self.isText(message.contentType) ? String(validating: bytes, as: UTF8.self) : nil
    traceparent = message.traceparent.isEmpty ? nil : message.traceparent
  }

  /// `text/*` in UTF-8, which is what text without a charset is here.
  private static func isText(_ contentType: String) -> Bool {
    let type = contentType.lowercased()
    guard type.isEmpty || type.hasPrefix("text/") else { return false }
    return !type.contains("charset=") || type.contains("charset=utf-8") || type.contains("charset=\"utf-8\"")
  }
}
