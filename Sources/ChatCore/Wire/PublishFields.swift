/// What a publish has besides its addresses, where it lies. It counts no references, and is valid as long as that memory.
package struct PublishFields {
  /// UTF-8, like all texts.
  var clientMessageID: UnsafeRawBufferPointer
  var contentType: UnsafeRawBufferPointer
  var body: UnsafeRawBufferPointer
  var traceparent: UnsafeRawBufferPointer

  /// Mostly empty, which takes no call.
  var clientMessageIDText: String {
    clientMessageID.isEmpty ? "" : String(decoding: clientMessageID, as: UTF8.self)
  }
}

extension ClientFrame.Publish {
  /// Lends the fields for the duration of `use`. Copies the texts.
  func withFields<Result, Failure: Error>(
    _ use: (PublishFields) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    var texts = FrameBuffer()
    for text in [clientMessageID, contentType, traceparent] { texts.append(text) }
    defer { withExtendedLifetime(texts) {} }
    var rest = texts.readable
    func next(_ text: String) -> UnsafeRawBufferPointer {
      let count = text.utf8.count
      defer { rest = UnsafeRawBufferPointer(rebasing: rest[count...]) }
      return UnsafeRawBufferPointer(rebasing: rest[..<count])
    }
    let (clientMessageID, contentType, traceparent) =
      (next(clientMessageID), next(contentType), next(traceparent))
    return try body.withUnsafeBytes { body throws(Failure) in
      try use(
        PublishFields(
          clientMessageID: clientMessageID, contentType: contentType, body: body, traceparent: traceparent))
    }
  }
}
