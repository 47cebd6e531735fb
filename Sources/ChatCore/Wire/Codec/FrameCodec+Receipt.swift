extension FrameCodec {
  /// Appends the answer to a publish to one address that was accepted.
  ///
  /// Written field by field for the same reason as deliveries, and the same bytes as by libprotobuf-c.
  mutating func encode(_ receipt: Receipt, answering request: UInt64, into buffer: inout FrameBuffer) {
    let time = UInt64(bitPattern: receipt.time)
    let online = UInt64(receipt.recipientsOnline)
    let total = UInt64(receipt.recipientsTotal)
    let duplicate: UInt64 = receipt.duplicate ? 1 : 0
    let size =
      FieldWriter.size(count: receipt.to.utf8.count)
      + FieldWriter.size(count: receipt.conversation.utf8.count)
      + FieldWriter.size(number: receipt.sequence) + FieldWriter.size(number: time)
      + FieldWriter.size(number: online) + FieldWriter.size(number: total)
      + FieldWriter.size(number: duplicate)
    let published = 1 + Varint.size(UInt64(size)) + size
    let frame = FieldWriter.size(number: request) + 1 + Varint.size(UInt64(published)) + published
    append(count: frame, to: &buffer) { memory in
      var writer = FieldWriter(to: memory)
      writer.add(ReceiptTag.requestID, number: request)
      writer.add(ReceiptTag.published, length: published)
      writer.add(ReceiptTag.receipts, length: size)
      writer.add(ReceiptTag.to, receipt.to)
      writer.add(ReceiptTag.conversation, receipt.conversation)
      writer.add(ReceiptTag.sequence, number: receipt.sequence)
      writer.add(ReceiptTag.time, number: time)
      writer.add(ReceiptTag.recipientsOnline, number: online)
      writer.add(ReceiptTag.recipientsTotal, number: total)
      writer.add(ReceiptTag.duplicate, number: duplicate)
    }
  }
}

/// The tags of `ServerFrame` and `Published` on the way to a receipt, and of the fields of `Receipt`.
private enum ReceiptTag {
  static let requestID: UInt8 = 1 << 3
  static let published: UInt8 = 3 << 3 | 2
  static let receipts: UInt8 = 1 << 3 | 2
  static let to: UInt8 = 1 << 3 | 2
  static let conversation: UInt8 = 2 << 3 | 2
  static let sequence: UInt8 = 3 << 3
  static let time: UInt8 = 4 << 3
  static let recipientsOnline: UInt8 = 5 << 3
  static let recipientsTotal: UInt8 = 6 << 3
  static let duplicate: UInt8 = 8 << 3
}
