import CChatProtos
import CProtobufC

extension FrameCodec {
  /// Decodes a frame without its length prefix. Bodies of messages are copies, safe to keep.
  package mutating func decodeServerFrame(_ bytes: UnsafeRawBufferPointer) throws(ChatError) -> ServerFrame {
    decoding.reset()
    var allocator = decoding.allocator
    let start = bytes.baseAddress?.assumingMemoryBound(to: UInt8.self)
    guard let frame = chat__v1__server_frame__unpack(&allocator, bytes.count, start) else {
      throw decoding.refusal(of: "ServerFrame")
    }
    return ServerFrame(requestID: frame.pointee.request_id, body: try decoding.body(frame.pointee))
  }
}

extension Arena {
  func body(_ frame: Chat__V1__ServerFrame) throws(ChatError) -> ServerFrame.Body {
    switch frame.body_case {
    case CHAT__V1__SERVER_FRAME__BODY_CONNECTED:
      .connected(try connected(frame.connected.pointee))
    case CHAT__V1__SERVER_FRAME__BODY_PUBLISHED:
      .published(
        try list(frame.published.pointee.receipts, frame.published.pointee.n_receipts) {
          entry throws(ChatError) in try receipt(entry.pointee)
        })
    case CHAT__V1__SERVER_FRAME__BODY_MESSAGE:
      .message(try message(frame.message.pointee))
    case CHAT__V1__SERVER_FRAME__BODY_SUBSCRIBED:
      .subscribed(try state(frame.subscribed.pointee.conversation, "Subscribed.conversation.conversation"))
    case CHAT__V1__SERVER_FRAME__BODY_DONE:
      .done
    case CHAT__V1__SERVER_FRAME__BODY_HISTORY_PAGE:
      .historyPage(try historyPage(frame.history_page.pointee))
    case CHAT__V1__SERVER_FRAME__BODY_GAP:
      .gap(try gap(frame.gap.pointee))
    case CHAT__V1__SERVER_FRAME__BODY_EVENT:
      .event(try event(frame.event.pointee))
    case CHAT__V1__SERVER_FRAME__BODY_HEARTBEAT:
      .heartbeat(
        tails: try list(frame.heartbeat.pointee.tails, frame.heartbeat.pointee.n_tails) {
          entry throws(ChatError) in try position(entry, "Heartbeat.tails.conversation")
        },
        serverTime: frame.heartbeat.pointee.server_time)
    case CHAT__V1__SERVER_FRAME__BODY_ERROR:
      .error(try error(frame.error.pointee))
    case CHAT__V1__SERVER_FRAME__BODY_GO_AWAY:
      .goAway(try goAway(frame.go_away.pointee))
    default:
      .unknown
    }
  }

  private func connected(_ from: Chat__V1__Connected) throws(ChatError) -> ServerFrame.Connected {
    var connected = ServerFrame.Connected()
    connected.session = try text(from.session, "Connected.session")
    connected.user = try text(from.user, "Connected.user")
    connected.node = try text(from.node, "Connected.node")
    if let limits = from.limits {
      connected.limits = announcedLimits(limits.pointee)
    }
    connected.serverTime = from.server_time
    connected.conversations = try list(from.conversations, from.n_conversations) {
      entry throws(ChatError) in try state(entry, "Connected.conversations.conversation")
    }
    return connected
  }

  private func announcedLimits(_ from: Chat__V1__Limits) -> ServerFrame.AnnouncedLimits {
    var limits = ServerFrame.AnnouncedLimits()
    limits.frameBytes = from.frame_bytes
    limits.bodyBytes = from.body_bytes
    limits.addressesPerPublish = from.addresses_per_publish
    limits.historyPageMessages = from.history_page_messages
    limits.serverFrameBytes = from.server_frame_bytes
    limits.idleTimeoutMilliseconds = from.idle_timeout_ms
    limits.heartbeatIntervalMilliseconds = from.heartbeat_interval_ms
    return limits
  }

  private func receipt(_ from: Chat__V1__Receipt) throws(ChatError) -> Receipt {
    var receipt = Receipt()
    receipt.to = try text(from.to, "Receipt.to")
    receipt.conversation = try text(from.conversation, "Receipt.conversation")
    receipt.sequence = from.sequence
    receipt.time = from.time
    receipt.recipientsOnline = from.recipients_online
    receipt.recipientsTotal = from.recipients_total
    if let refusal = from.error {
      receipt.error = try error(refusal.pointee)
    }
    receipt.duplicate = from.duplicate != 0
    return receipt
  }

  private func error(_ from: Chat__V1__Error) throws(ChatError) -> ChatError {
    ChatError(
      ErrorCode(rawValue: Int32(truncatingIfNeeded: from.code.rawValue)),
      try text(from.message, "Error.message"), retryAfter: from.retry_after_ms)
  }

  private func message(_ from: Chat__V1__Message) throws(ChatError) -> Message {
    var message = Message()
    message.sequence = from.sequence
    message.time = from.time
    message.conversation = try text(from.conversation, "Message.conversation")
    message.sender = try text(from.sender, "Message.sender")
    message.contentType = try text(from.content_type, "Message.content_type")
    message.body = BodyBytes.payload(from.body.bytes)
    message.traceparent = try text(from.traceparent, "Message.traceparent")
    return message
  }

  private func state(
    _ from: UnsafeMutablePointer<Chat__V1__ConversationState>?, _ field: StaticString
  ) throws(ChatError) -> ConversationState {
    var state = ConversationState()
    guard let from else { return state }
    state.conversation = try text(from.pointee.conversation, field)
    state.epoch = from.pointee.epoch
    state.lastSequence = from.pointee.last_sequence
    state.position = from.pointee.position
    state.members = from.pointee.members
    state.read = from.pointee.read
    state.peerDelivered = from.pointee.peer_delivered
    state.peerRead = from.pointee.peer_read
    return state
  }

  private func historyPage(_ from: Chat__V1__HistoryPage) throws(ChatError) -> ServerFrame.HistoryPage {
    var page = ServerFrame.HistoryPage()
    page.conversation = try text(from.conversation, "HistoryPage.conversation")
    page.epoch = from.epoch
    page.messages = try list(from.messages, from.n_messages) {
      entry throws(ChatError) in try message(entry.pointee)
    }
    page.firstSequence = from.first_sequence
    page.lastSequence = from.last_sequence
    return page
  }

  private func gap(_ from: Chat__V1__Gap) throws(ChatError) -> Gap {
    Gap(
      conversation: try text(from.conversation, "Gap.conversation"), from: from.from, to: from.to,
      reason: Gap.Reason(rawValue: Int32(truncatingIfNeeded: from.reason.rawValue)) ?? .unspecified,
      epoch: from.epoch)
  }

  private func event(_ from: Chat__V1__Event) throws(ChatError) -> ServerFrame.Event {
    switch from.body_case {
    case CHAT__V1__EVENT__BODY_FOLLOWING:
      .following(try state(from.following, "Event.following.conversation"))
    case CHAT__V1__EVENT__BODY_UNFOLLOWED:
      .unfollowed(conversation: try text(from.unfollowed, "Event.unfollowed"))
    case CHAT__V1__EVENT__BODY_MARKS:
      .marks(
        Marks(
          conversation: try text(from.marks.pointee.conversation, "Marks.conversation"),
          user: try text(from.marks.pointee.user, "Marks.user"),
          delivered: from.marks.pointee.delivered, read: from.marks.pointee.read))
    case CHAT__V1__EVENT__BODY_TYPING:
      .typing(
        conversation: try text(from.typing.pointee.conversation, "Typing.conversation"),
        user: try text(from.typing.pointee.user, "Typing.user"))
    case CHAT__V1__EVENT__BODY_TOKEN_EXPIRING:
      .tokenExpiring(expiresIn: from.token_expiring.pointee.expires_in_ms)
    case CHAT__V1__EVENT__BODY_MEMBERS:
      .members(
        conversation: try text(from.members.pointee.conversation, "MemberCount.conversation"),
        count: from.members.pointee.members)
    default:
      .unknown
    }
  }

  private func goAway(_ from: Chat__V1__GoAway) throws(ChatError) -> ServerFrame.GoAway {
    ServerFrame.GoAway(
      reconnectAfter: from.reconnect_after_ms, closesAfter: from.closes_after_ms,
      reason: try text(from.reason, "GoAway.reason"))
  }
}

/// Keeps a copy of a message's body, in one allocation.
private final class BodyBytes: ManagedBuffer<Void, UInt8> {
  static func payload(_ bytes: UnsafeRawBufferPointer) -> Payload {
    guard !bytes.isEmpty else { return .empty }
    let owner = create(minimumCapacity: bytes.count) { _ in }
    // The elements stay in place as long as their owner lives.
    let base = owner.withUnsafeMutablePointerToElements { elements in
      let base = UnsafeMutableRawPointer(elements)
      base.copyMemory(from: bytes.baseAddress ?? UnsafeRawPointer(base), byteCount: bytes.count)
      return UnsafeRawPointer(base)
    }
    return Payload(base: base, count: bytes.count, owner: owner)
  }
}
