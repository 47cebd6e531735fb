extension FrameCodec {
  /// Decodes a publish to one address that is written as encoders write it; nil: it is something else, or not acceptable,
  /// which libprotobuf-c says.
  ///
  /// Read field by field for the same reason as deliveries are written so, and the same frame as by libprotobuf-c, which a test
  /// compares. The body stays where it is in `bytes`.
  ///
  /// - Parameter known: the addresses that the bytes of one stand for, if they need not be read; asked at most once.
  static func publish(
    in bytes: UnsafeRawBufferPointer, knowing known: (UnsafeRawBufferPointer) -> [String]? = { _ in nil }
  ) -> (requestID: UInt64, publish: ClientFrame.Publish)? {
    var frame = FieldReader(bytes)
    let request = frame.number(PublishTag.requestID)
    let message = frame.bytes(PublishTag.publish)
    var fields = FieldReader(message)
    let to = fields.bytes(PublishTag.to)
    let clientMessageID = fields.bytes(PublishTag.clientMessageID)
    let contentType = fields.bytes(PublishTag.contentType)
    let body = fields.bytes(PublishTag.body)
    let traceparent = fields.bytes(PublishTag.traceparent)
    guard frame.isAtEnd, fields.isAtEnd, !to.isEmpty,
      let clientMessageID = text(clientMessageID), let contentType = text(contentType),
      let traceparent = text(traceparent), let addresses = known(to) ?? text(to).map({ [$0] })
    else { return nil }
    var publish = ClientFrame.Publish()
    publish.to = addresses
    publish.clientMessageID = clientMessageID
    publish.contentType = contentType
    publish.body = Payload(base: body.baseAddress, count: body.count, owner: nil)
    publish.traceparent = traceparent
    return (request, publish)
  }

  /// Text without a NUL.
  private static func text(_ bytes: UnsafeRawBufferPointer) -> String? {
    if bytes.isEmpty { return "" }
    // Without a way out, so that it is done for many bytes at a time.
    let least = bytes.reduce(UInt8.max) { min($0, $1) }
    guard least > 0 else { return nil }
    // What is not UTF-8 is put right by this, and so differs; to validate it first takes several times as long.
    let text = String(decoding: bytes, as: UTF8.self)
    return text.hasBytes(bytes) ? text : nil
  }
}

/// The tags of `ClientFrame` on the way to a publish, and of the fields of `Publish`.
private enum PublishTag {
  static let requestID: UInt8 = 1 << 3
  static let publish: UInt8 = 3 << 3 | 2
  static let to: UInt8 = 1 << 3 | 2
  static let clientMessageID: UInt8 = 2 << 3 | 2
  static let contentType: UInt8 = 3 << 3 | 2
  static let body: UInt8 = 4 << 3 | 2
  static let traceparent: UInt8 = 5 << 3 | 2
}
