import ChatCore

/// What a client wants published.
struct PublishBody: Decodable {
  enum CodingKeys: String, CodingKey, CaseIterable {
    case sender, to, text, body, contentType, clientMessageId
  }

  /// Bytes of `clientMessageId` and of `contentType`, as on the wire.
  private static let clientMessageIDBytes = 64
  private static let contentTypeBytes = 128

  let sender: String
  let to: [String]
  let text: String?
  let body: Base64?
  let contentType: String?
  var clientMessageID: String?

  init(from decoder: any Decoder) throws {
    try decoder.refuseUnknownMembers(CodingKeys.self)
    let members = try decoder.container(keyedBy: CodingKeys.self)
    sender = try members.decode(String.self, forKey: .sender)
    to = try members.decode([String].self, forKey: .to)
    text = try members.decodeIfPresent(String.self, forKey: .text)
    body = try members.decodeIfPresent(Base64.self, forKey: .body)
    contentType = try members.decodeIfPresent(String.self, forKey: .contentType)
    clientMessageID = try members.decodeIfPresent(String.self, forKey: .clientMessageId)
  }

  /// The header field stands for the member. Its value may be in quotes, as drafts of the field have it.
  mutating func take(idempotencyKey fields: [String]) throws(HTTPFailure) {
    guard let field = fields.first else { return }
    let isQuoted = field.count >= 2 && field.hasPrefix("\"") && field.hasSuffix("\"")
    let key = isQuoted ? String(field.dropFirst().dropLast()) : field
    guard fields.count == 1, !key.isEmpty, clientMessageID ?? key == key else {
      throw .badRequest(
        "Idempotency-Key stands for clientMessageId: send it once, not empty, and not another than the member"
      )
    }
    clientMessageID = key
  }

  /// - Throws: a refusal if the sender is no user id, or the message is not there or there twice.
  func request(traceparent: String?) throws -> PublishRequest {
    var publish = ClientFrame.Publish()
    switch (text, body) {
    case (let text?, nil): publish.body = Payload([UInt8](text.utf8))
    case (nil, let body?): publish.body = Payload(body.bytes)
    default: throw HTTPFailure.badRequest("give the message either as text or, in base64, as body")
    }
    guard !to.isEmpty else {
      throw HTTPFailure.badRequest("to is empty: name at least one address")
    }
    publish.to = to
    publish.contentType = try Self.bounded(contentType, "contentType", Self.contentTypeBytes)
    publish.clientMessageID = try Self.bounded(clientMessageID, "clientMessageId", Self.clientMessageIDBytes)
    // By its specification a trace context that is not one is left out; it is no reason to refuse a message.
    if let traceparent, Self.isTraceContext(traceparent) { publish.traceparent = traceparent }
    return PublishRequest(publish, as: try UserID(sender))
  }

  private static func bounded(_ text: String?, _ name: String, _ most: Int) throws(HTTPFailure) -> String {
    let text = text ?? ""
    guard text.utf8.count <= most else {
      throw .badRequest("\(name) has \(text.utf8.count) bytes: at most \(most) are allowed")
    }
    // As on the wire, where it would end the text.
    guard !text.utf8.contains(0) else {
      throw .badRequest("\(name) has a NUL character in it: leave it out")
    }
    return text
  }

  /// Whether this is `00-<32 digits>-<16 digits>-<2 digits>`, as W3C Trace Context has it.
  private static func isTraceContext(_ text: String) -> Bool {
    let fields = text.split(separator: "-", omittingEmptySubsequences: false)
    return fields.map(\.utf8.count) == [2, 32, 16, 2]
      && fields.joined().utf8.allSatisfy { byte in
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
          || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte)
      }
  }
}
