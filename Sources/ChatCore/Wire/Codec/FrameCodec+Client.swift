import CChatProtos
import CProtobufC

extension FrameCodec {
  /// Decodes a frame without its length prefix.
  ///
  /// The body of a publish refers to `bytes` or to memory of this codec: it is valid as long as both, and until the next call
  /// that decodes.
  package mutating func decodeClientFrame(_ bytes: UnsafeRawBufferPointer) throws(ChatError) -> ClientFrame {
    if let frame = Self.publish(in: bytes), let to = frame.addressText {
      refusedRequest = nil
      return ClientFrame(
        requestID: frame.requestID, body: .publish(ClientFrame.Publish(to: to, frame.fields)))
    }
    return try unpackClientFrame(bytes)
  }

  /// Decodes any frame by libprotobuf-c.
  package mutating func unpackClientFrame(_ bytes: UnsafeRawBufferPointer) throws(ChatError) -> ClientFrame {
    refusedRequest = nil
    decoding.reset()
    var allocator = decoding.allocator
    let start = bytes.baseAddress?.assumingMemoryBound(to: UInt8.self)
    guard let frame = chat__v1__client_frame__unpack(&allocator, bytes.count, start) else {
      throw decoding.refusal(of: "ClientFrame")
    }
    refusedRequest = frame.pointee.request_id
    return ClientFrame(requestID: frame.pointee.request_id, body: try decoding.body(frame.pointee))
  }

  /// Appends the frame with its length prefix. A text ends at a NUL in it.
  package mutating func encode(_ frame: ClientFrame, into buffer: inout FrameBuffer) {
    encoding.reset()
    let packable = encoding.make(chat__v1__client_frame__init)
    packable.pointee.request_id = frame.requestID
    encoding.fill(&packable.pointee, with: frame.body)
    // A publish's body is packed from where it lies.
    withExtendedLifetime(frame) {
      append(count: chat__v1__client_frame__get_packed_size(packable), to: &buffer) {
        _ = chat__v1__client_frame__pack(packable, $0)
      }
    }
  }
}

// MARK: Decoding

extension Arena {
  func body(_ frame: Chat__V1__ClientFrame) throws(ChatError) -> ClientFrame.Body {
    switch frame.body_case {
    case CHAT__V1__CLIENT_FRAME__BODY_CONNECT:
      .connect(try connect(frame.connect.pointee))
    case CHAT__V1__CLIENT_FRAME__BODY_PUBLISH:
      .publish(try publish(frame.publish.pointee))
    case CHAT__V1__CLIENT_FRAME__BODY_SUBSCRIBE:
      .subscribe(try subscribe(frame.subscribe.pointee))
    case CHAT__V1__CLIENT_FRAME__BODY_UNSUBSCRIBE:
      .unsubscribe(conversation: try text(frame.unsubscribe.pointee.conversation, "Unsubscribe.conversation"))
    case CHAT__V1__CLIENT_FRAME__BODY_JOIN:
      .join(conversation: try text(frame.join.pointee.conversation, "Join.conversation"))
    case CHAT__V1__CLIENT_FRAME__BODY_LEAVE:
      .leave(conversation: try text(frame.leave.pointee.conversation, "Leave.conversation"))
    case CHAT__V1__CLIENT_FRAME__BODY_HISTORY:
      .history(try history(frame.history.pointee))
    case CHAT__V1__CLIENT_FRAME__BODY_ACKNOWLEDGE:
      .acknowledge(
        try list(frame.acknowledge.pointee.positions, frame.acknowledge.pointee.n_positions) {
          entry throws(ChatError) in try position(entry, "Acknowledge.positions.conversation")
        })
    case CHAT__V1__CLIENT_FRAME__BODY_PING:
      .ping
    case CHAT__V1__CLIENT_FRAME__BODY_MARK_READ:
      .markRead(
        try list(frame.mark_read.pointee.positions, frame.mark_read.pointee.n_positions) {
          entry throws(ChatError) in try position(entry, "MarkRead.positions.conversation")
        })
    case CHAT__V1__CLIENT_FRAME__BODY_TYPING:
      .typing(conversation: try text(frame.typing.pointee.conversation, "Typing.conversation"))
    case CHAT__V1__CLIENT_FRAME__BODY_REFRESH:
      .refresh(token: try text(frame.refresh.pointee.token, "Refresh.token"))
    default:
      .unknown
    }
  }

  private func connect(_ from: Chat__V1__Connect) throws(ChatError) -> ClientFrame.Connect {
    var connect = ClientFrame.Connect()
    connect.token = try text(from.token, "Connect.token")
    connect.user = try text(from.user, "Connect.user")
    connect.device = try text(from.device, "Connect.device")
    connect.client = try text(from.client, "Connect.client")
    connect.resume = try list(from.resume, from.n_resume) {
      entry throws(ChatError) in try position(entry, "Connect.resume.conversation")
    }
    return connect
  }

  private func publish(_ from: Chat__V1__Publish) throws(ChatError) -> ClientFrame.Publish {
    var publish = ClientFrame.Publish()
    publish.to = try list(from.to, from.n_to) { entry throws(ChatError) in try text(entry, "Publish.to") }
    publish.clientMessageID = try text(from.client_message_id, "Publish.client_message_id")
    publish.contentType = try text(from.content_type, "Publish.content_type")
    let body = from.body.bytes
    publish.body = Payload(base: body.baseAddress, count: body.count, owner: nil)
    publish.traceparent = try text(from.traceparent, "Publish.traceparent")
    return publish
  }

  private func subscribe(_ from: Chat__V1__Subscribe) throws(ChatError) -> ClientFrame.Subscribe {
    var subscribe = ClientFrame.Subscribe(
      conversation: try text(from.conversation, "Subscribe.conversation"))
    switch from.start {
    case CHAT__V1__START__START_TAIL:
      break
    case CHAT__V1__START__START_AFTER:
      // Without a place: after nothing, which is the beginning.
      subscribe.after = Position(conversation: "")
      if let after = from.after {
        subscribe.after = try position(after, "Subscribe.after.conversation")
      }
    default:
      throw ChatError(
        .invalidArgument,
        "Subscribe.start \(Int32(truncatingIfNeeded: from.start.rawValue)) is not known: "
          + "use START_TAIL or START_AFTER")
    }
    return subscribe
  }

  private func history(_ from: Chat__V1__History) throws(ChatError) -> ClientFrame.History {
    ClientFrame.History(
      conversation: try text(from.conversation, "History.conversation"),
      after: from.after, before: from.before, limit: from.limit, fromStart: from.from_start != 0)
  }
}

// MARK: Encoding

extension Arena {
  fileprivate func fill(_ frame: inout Chat__V1__ClientFrame, with body: ClientFrame.Body) {
    switch body {
    case .connect(let connect):
      frame.body_case = CHAT__V1__CLIENT_FRAME__BODY_CONNECT
      frame.connect = packable(connect)
    case .publish(let publish):
      frame.body_case = CHAT__V1__CLIENT_FRAME__BODY_PUBLISH
      frame.publish = packable(publish)
    case .subscribe(let subscribe):
      frame.body_case = CHAT__V1__CLIENT_FRAME__BODY_SUBSCRIBE
      frame.subscribe = packable(subscribe)
    case .unsubscribe(let conversation):
      frame.body_case = CHAT__V1__CLIENT_FRAME__BODY_UNSUBSCRIBE
      frame.unsubscribe = make(chat__v1__unsubscribe__init)
      frame.unsubscribe.pointee.conversation = string(conversation)
    case .join(let conversation):
      frame.body_case = CHAT__V1__CLIENT_FRAME__BODY_JOIN
      frame.join = make(chat__v1__join__init)
      frame.join.pointee.conversation = string(conversation)
    case .leave(let conversation):
      frame.body_case = CHAT__V1__CLIENT_FRAME__BODY_LEAVE
      frame.leave = make(chat__v1__leave__init)
      frame.leave.pointee.conversation = string(conversation)
    case .history(let history):
      frame.body_case = CHAT__V1__CLIENT_FRAME__BODY_HISTORY
      frame.history = packable(history)
    case .acknowledge(let positions):
      frame.body_case = CHAT__V1__CLIENT_FRAME__BODY_ACKNOWLEDGE
      frame.acknowledge = make(chat__v1__acknowledge__init)
      frame.acknowledge.pointee.n_positions = positions.count
      frame.acknowledge.pointee.positions = entries(positions) { packable($0) }
    case .ping:
      frame.body_case = CHAT__V1__CLIENT_FRAME__BODY_PING
      frame.ping = make(chat__v1__ping__init)
    case .markRead(let positions):
      frame.body_case = CHAT__V1__CLIENT_FRAME__BODY_MARK_READ
      frame.mark_read = make(chat__v1__mark_read__init)
      frame.mark_read.pointee.n_positions = positions.count
      frame.mark_read.pointee.positions = entries(positions) { packable($0) }
    case .typing(let conversation):
      frame.body_case = CHAT__V1__CLIENT_FRAME__BODY_TYPING
      frame.typing = make(chat__v1__typing__init)
      frame.typing.pointee.conversation = string(conversation)
    case .refresh(let token):
      frame.body_case = CHAT__V1__CLIENT_FRAME__BODY_REFRESH
      frame.refresh = make(chat__v1__refresh__init)
      frame.refresh.pointee.token = string(token)
    case .unknown:
      break
    }
  }

  private func packable(_ connect: ClientFrame.Connect) -> UnsafeMutablePointer<Chat__V1__Connect> {
    let made = make(chat__v1__connect__init)
    made.pointee.token = string(connect.token)
    made.pointee.user = string(connect.user)
    made.pointee.device = string(connect.device)
    made.pointee.client = string(connect.client)
    made.pointee.n_resume = connect.resume.count
    made.pointee.resume = entries(connect.resume) { packable($0) }
    return made
  }

  private func packable(_ publish: ClientFrame.Publish) -> UnsafeMutablePointer<Chat__V1__Publish> {
    let made = make(chat__v1__publish__init)
    made.pointee.n_to = publish.to.count
    made.pointee.to = entries(publish.to) { string($0) }
    made.pointee.client_message_id = string(publish.clientMessageID)
    made.pointee.content_type = string(publish.contentType)
    made.pointee.body = ProtobufCBinaryData(publish.body)
    made.pointee.traceparent = string(publish.traceparent)
    return made
  }

  private func packable(_ subscribe: ClientFrame.Subscribe) -> UnsafeMutablePointer<Chat__V1__Subscribe> {
    let made = make(chat__v1__subscribe__init)
    made.pointee.conversation = string(subscribe.conversation)
    if let after = subscribe.after {
      made.pointee.start = CHAT__V1__START__START_AFTER
      made.pointee.after = packable(after)
    }
    return made
  }

  private func packable(_ history: ClientFrame.History) -> UnsafeMutablePointer<Chat__V1__History> {
    let made = make(chat__v1__history__init)
    made.pointee.conversation = string(history.conversation)
    made.pointee.after = history.after
    made.pointee.before = history.before
    made.pointee.limit = history.limit
    made.pointee.from_start = history.fromStart ? 1 : 0
    return made
  }
}
