import ChatCore

/// What became of a publish.
struct ReceiptsBody: Encodable {
  let receipts: [ReceiptBody]

  init(_ receipts: [Receipt]) {
    self.receipts = receipts.map(ReceiptBody.init)
  }
}

/// What became of a publish to one address: a place in a log, or an error.
struct ReceiptBody: Encodable {
  let to: String
  let conversation: String?
  var sequence: Decimal?
  var time: Decimal?
  var recipientsOnline: UInt32?
  var recipientsTotal: UInt32?
  var duplicate: Bool?
  var error: ErrorBody?

  init(_ receipt: Receipt) {
    to = receipt.to
    // What is no address names no conversation.
    conversation = receipt.conversation.isEmpty ? nil : receipt.conversation
    if let error = receipt.error {
      self.error = ErrorBody(error)
    } else {
      sequence = Decimal(receipt.sequence)
      time = Decimal(receipt.time)
      recipientsOnline = receipt.recipientsOnline
      recipientsTotal = receipt.recipientsTotal
      duplicate = receipt.duplicate
    }
  }
}

/// A refusal inside a response that is none: the `Error` of the wire protocol.
struct ErrorBody: Encodable {
  let code: String
  let message: String
  let retryAfterMs: Decimal

  init(_ error: ChatError) {
    code = error.code.jsonName
    message = error.message
    retryAfterMs = Decimal(error.retryAfter)
  }
}
