extension FrameCodec {
  /// Decodes a publish to one address that is written as encoders write it; nil: it is something else, or not acceptable,
  /// which libprotobuf-c says.
  ///
  /// Read field by field for the same reason as deliveries are written so, and the same frame as by libprotobuf-c, which a test
  /// compares. The address and the body stay where they are in `bytes`.
  package static func publish(in bytes: UnsafeRawBufferPointer) -> PublishFrame? {
    var frame = FieldReader(bytes)
    let request = frame.number(PublishTag.requestID)
    let message = frame.bytes(PublishTag.publish)
    var fields = FieldReader(message)
    let to = fields.bytes(PublishTag.to)
    let clientMessageID = fields.bytes(PublishTag.clientMessageID)
    let contentType = fields.bytes(PublishTag.contentType)
    let body = fields.bytes(PublishTag.body)
    let traceparent = fields.bytes(PublishTag.traceparent)
    guard frame.isAtEnd, fields.isAtEnd, !to.isEmpty, isText(clientMessageID), isText(contentType),
      isText(traceparent)
    else { return nil }
    return PublishFrame(
      requestID: request, address: to,
      fields: PublishFields(
        clientMessageID: clientMessageID, contentType: contentType, body: body, traceparent: traceparent))
  }

  /// UTF-8 without a NUL.
  fileprivate static func isText(_ bytes: UnsafeRawBufferPointer) -> Bool {
    // Without a way out, so that it is done for many bytes at a time.
    var least = UInt8.max
    var most: UInt8 = 0
    for byte in bytes {
      least = min(least, byte)
      most = max(most, byte)
    }
    guard least > 0, most > 0x7f else { return least > 0 }
    // What is not UTF-8 is put right by this, and so differs; to validate it first takes several times as long.
    return String(decoding: bytes, as: UTF8.self).hasBytes(bytes)
  }
}

/// A publish to one address, read in place. The address is no text yet, because most mean a conversation that is found by
/// its bytes.
package struct PublishFrame {
  let requestID: UInt64
  package let address: UnsafeRawBufferPointer
  package let fields: PublishFields

  /// The address; nil: it is no text.
  var addressText: String? {
    FrameCodec.isText(address) ? String(decoding: address, as: UTF8.self) : nil
  }
}

extension ClientFrame.Publish {
  /// The body stays where it is.
  init(to address: String, _ fields: PublishFields) {
    self.init()
    to = [address]
    clientMessageID = fields.clientMessageIDText
    contentType = String(decoding: fields.contentType, as: UTF8.self)
    body = Payload(base: fields.body.baseAddress, count: fields.body.count, owner: nil)
    traceparent = String(decoding: fields.traceparent, as: UTF8.self)
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
