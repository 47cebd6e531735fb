/// A message that has no place in the log yet, encoded for delivery.
///
/// The store keeps the same bytes that sockets get; it fills in the sequence and the time.
public struct NewMessage: Sendable {
  /// The user who sent it.
  public let sender: UserID
  /// Empty: a retry cannot be told from a new message.
  public let clientMessageID: String
  /// Milliseconds since 1970.
  public let time: Int64
  /// The sender may be no member of the group, which is then to be told in ``AppendOutcome/outsiders``.
  public let mayBeFromOutside: Bool
  private let layout: DeliveryFrame
  private let frame: Payload

  /// - Parameters:
  ///   - layout: of the frame.
  ///   - frame: safe to keep.
  package init(
    sender: UserID, clientMessageID: String, time: Int64, layout: DeliveryFrame, frame: Payload,
    mayBeFromOutside: Bool = false
  ) {
    self.mayBeFromOutside = mayBeFromOutside
    self.sender = sender
    self.clientMessageID = clientMessageID
    self.time = time
    self.layout = layout
    self.frame = frame
  }

  /// Encodes a message.
  ///
  /// - Parameters:
  ///   - conversation: the one that it will be appended to.
  ///   - sender: whoever publishes it.
  ///   - clientMessageID: by which a repeated publish is recognised; empty: it is not.
  ///   - time: milliseconds since 1970.
  ///   - contentType: the media type of the body; empty: text.
  ///   - traceparent: the W3C trace context that it belongs to; empty: none.
  ///   - body: the message itself.
  ///   - mayBeFromOutside: see ``mayBeFromOutside``.
  public init(
    conversation: ConversationID, sender: UserID, clientMessageID: String, time: Int64,
    contentType: String = "", traceparent: String = "", body: Payload, mayBeFromOutside: Bool = false
  ) {
    var publish = ClientFrame.Publish()
    publish.contentType = contentType
    publish.traceparent = traceparent
    publish.body = body
    var codec = FrameCodec(decodingBytes: 0)
    var buffer = FrameBuffer()
    let layout = codec.encodeDelivery(
      conversation: conversation.name, sender: sender.name, publish: publish, into: &buffer)
    self.init(
      sender: sender, clientMessageID: clientMessageID, time: time, layout: layout,
      frame: Payload([UInt8](buffer.readable)), mayBeFromOutside: mayBeFromOutside)
  }

  /// A message that ``encode(sequence:into:)`` has written; nil: the bytes are none.
  package init?(sender: UserID, clientMessageID: String, time: Int64, frame: UnsafeRawBufferPointer) {
    guard let layout = DeliveryFrame(in: frame, at: 0), layout.frame == 0..<frame.count else { return nil }
    self.init(
      sender: sender, clientMessageID: clientMessageID, time: time, layout: layout,
      frame: Payload([UInt8](frame)))
  }

  /// The same message with another id.
  package func identified(by clientMessageID: String) -> NewMessage {
    NewMessage(
      sender: sender, clientMessageID: clientMessageID, time: time, layout: layout, frame: frame,
      mayBeFromOutside: mayBeFromOutside)
  }

  /// The size of the encoded message.
  package var byteCount: Int { layout.frame.count }

  /// Writes the encoded message with its place in the log to the front of `target`, which has room for
  /// ``byteCount`` bytes.
  package func encode(sequence: UInt64, into target: UnsafeMutableRawBufferPointer) {
    guard let base = target.baseAddress else { return }
    frame.withUnsafeBytes { target.copyMemory(from: $0) }
    layout.patch(base - layout.frame.lowerBound, sequence: sequence, time: time)
  }
}
