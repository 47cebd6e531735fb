import CChatProtos
import CProtobufC

extension FrameCodec {
  /// Appends the frame with its length prefix. A text ends at a NUL in it.
  package mutating func encode(_ frame: ServerFrame, into buffer: inout FrameBuffer) {
    switch frame.body {
    case .message: messagesEncoded &+= 1
    case .published(let receipts):
      if receipts.count == 1, receipts[0].error == nil {
        return encode(receipts[0], answering: frame.requestID, into: &buffer)
      }
    default: break
    }
    encoding.reset()
    let packable = encoding.make(chat__v1__server_frame__init)
    packable.pointee.request_id = frame.requestID
    encoding.fill(&packable.pointee, with: frame.body)
    // Bodies of messages are packed from where they lie.
    withExtendedLifetime(frame) {
      append(count: chat__v1__server_frame__get_packed_size(packable), to: &buffer) {
        _ = chat__v1__server_frame__pack(packable, $0)
      }
    }
  }
}

extension Arena {
  fileprivate func fill(_ frame: inout Chat__V1__ServerFrame, with body: ServerFrame.Body) {
    switch body {
    case .connected(let connected):
      frame.body_case = CHAT__V1__SERVER_FRAME__BODY_CONNECTED
      frame.connected = packable(connected)
    case .published(let receipts):
      frame.body_case = CHAT__V1__SERVER_FRAME__BODY_PUBLISHED
      frame.published = make(chat__v1__published__init)
      frame.published.pointee.n_receipts = receipts.count
      frame.published.pointee.receipts = entries(receipts) { packable($0) }
    case .message(let message):
      frame.body_case = CHAT__V1__SERVER_FRAME__BODY_MESSAGE
      frame.message = packable(message)
    case .subscribed(let state):
      frame.body_case = CHAT__V1__SERVER_FRAME__BODY_SUBSCRIBED
      frame.subscribed = make(chat__v1__subscribed__init)
      frame.subscribed.pointee.conversation = packable(state)
    case .done:
      frame.body_case = CHAT__V1__SERVER_FRAME__BODY_DONE
      frame.done = make(chat__v1__done__init)
    case .historyPage(let page):
      frame.body_case = CHAT__V1__SERVER_FRAME__BODY_HISTORY_PAGE
      frame.history_page = packable(page)
    case .gap(let gap):
      frame.body_case = CHAT__V1__SERVER_FRAME__BODY_GAP
      frame.gap = packable(gap)
    case .event(let event):
      frame.body_case = CHAT__V1__SERVER_FRAME__BODY_EVENT
      frame.event = packable(event)
    case .heartbeat(let tails, let serverTime):
      frame.body_case = CHAT__V1__SERVER_FRAME__BODY_HEARTBEAT
      frame.heartbeat = make(chat__v1__heartbeat__init)
      frame.heartbeat.pointee.n_tails = tails.count
      frame.heartbeat.pointee.tails = entries(tails) { packable($0) }
      frame.heartbeat.pointee.server_time = serverTime
    case .error(let error):
      frame.body_case = CHAT__V1__SERVER_FRAME__BODY_ERROR
      frame.error = packable(error)
    case .goAway(let goAway):
      frame.body_case = CHAT__V1__SERVER_FRAME__BODY_GO_AWAY
      frame.go_away = make(chat__v1__go_away__init)
      frame.go_away.pointee.reconnect_after_ms = goAway.reconnectAfter
      frame.go_away.pointee.closes_after_ms = goAway.closesAfter
      frame.go_away.pointee.reason = string(goAway.reason)
    case .unknown:
      break
    }
  }

  private func packable(_ connected: ServerFrame.Connected) -> UnsafeMutablePointer<Chat__V1__Connected> {
    let made = make(chat__v1__connected__init)
    made.pointee.session = string(connected.session)
    made.pointee.user = string(connected.user)
    made.pointee.node = string(connected.node)
    made.pointee.limits = packable(connected.limits)
    made.pointee.server_time = connected.serverTime
    made.pointee.n_conversations = connected.conversations.count
    made.pointee.conversations = entries(connected.conversations) { packable($0) }
    return made
  }

  private func packable(_ limits: ServerFrame.AnnouncedLimits) -> UnsafeMutablePointer<Chat__V1__Limits> {
    let made = make(chat__v1__limits__init)
    made.pointee.frame_bytes = limits.frameBytes
    made.pointee.body_bytes = limits.bodyBytes
    made.pointee.addresses_per_publish = limits.addressesPerPublish
    made.pointee.history_page_messages = limits.historyPageMessages
    made.pointee.server_frame_bytes = limits.serverFrameBytes
    made.pointee.idle_timeout_ms = limits.idleTimeoutMilliseconds
    made.pointee.heartbeat_interval_ms = limits.heartbeatIntervalMilliseconds
    return made
  }

  private func packable(_ receipt: Receipt) -> UnsafeMutablePointer<Chat__V1__Receipt> {
    let made = make(chat__v1__receipt__init)
    made.pointee.to = string(receipt.to)
    made.pointee.conversation = string(receipt.conversation)
    made.pointee.sequence = receipt.sequence
    made.pointee.time = receipt.time
    made.pointee.recipients_online = receipt.recipientsOnline
    made.pointee.recipients_total = receipt.recipientsTotal
    made.pointee.error = receipt.error.map { packable($0) }
    made.pointee.duplicate = receipt.duplicate ? 1 : 0
    return made
  }

  private func packable(_ error: ChatError) -> UnsafeMutablePointer<Chat__V1__Error> {
    let made = make(chat__v1__error__init)
    made.pointee.code = Chat__V1__ErrorCode(rawValue: .init(truncatingIfNeeded: error.code.rawValue))
    made.pointee.message = string(error.message)
    made.pointee.retry_after_ms = error.retryAfter
    return made
  }

  private func packable(_ message: Message) -> UnsafeMutablePointer<Chat__V1__Message> {
    let made = make(chat__v1__message__init)
    made.pointee.sequence = message.sequence
    made.pointee.time = message.time
    made.pointee.conversation = string(message.conversation)
    made.pointee.sender = string(message.sender)
    made.pointee.content_type = string(message.contentType)
    made.pointee.body = ProtobufCBinaryData(message.body)
    made.pointee.traceparent = string(message.traceparent)
    return made
  }

  private func packable(_ state: ConversationState) -> UnsafeMutablePointer<Chat__V1__ConversationState> {
    let made = make(chat__v1__conversation_state__init)
    made.pointee.conversation = string(state.conversation)
    made.pointee.epoch = state.epoch
    made.pointee.last_sequence = state.lastSequence
    made.pointee.position = state.position
    made.pointee.members = state.members
    made.pointee.read = state.read
    made.pointee.peer_delivered = state.peerDelivered
    made.pointee.peer_read = state.peerRead
    return made
  }

  private func packable(_ page: ServerFrame.HistoryPage) -> UnsafeMutablePointer<Chat__V1__HistoryPage> {
    let made = make(chat__v1__history_page__init)
    made.pointee.conversation = string(page.conversation)
    made.pointee.epoch = page.epoch
    made.pointee.n_messages = page.messages.count
    made.pointee.messages = entries(page.messages) { packable($0) }
    made.pointee.first_sequence = page.firstSequence
    made.pointee.last_sequence = page.lastSequence
    return made
  }

  private func packable(_ gap: Gap) -> UnsafeMutablePointer<Chat__V1__Gap> {
    let made = make(chat__v1__gap__init)
    made.pointee.conversation = string(gap.conversation)
    made.pointee.from = gap.from
    made.pointee.to = gap.to
    made.pointee.reason = Chat__V1__GapReason(rawValue: .init(truncatingIfNeeded: gap.reason.rawValue))
    made.pointee.epoch = gap.epoch
    return made
  }

  private func packable(_ event: ServerFrame.Event) -> UnsafeMutablePointer<Chat__V1__Event> {
    let made = make(chat__v1__event__init)
    switch event {
    case .following(let state):
      made.pointee.body_case = CHAT__V1__EVENT__BODY_FOLLOWING
      made.pointee.following = packable(state)
    case .unfollowed(let conversation):
      made.pointee.body_case = CHAT__V1__EVENT__BODY_UNFOLLOWED
      made.pointee.unfollowed = string(conversation)
    case .marks(let marks):
      made.pointee.body_case = CHAT__V1__EVENT__BODY_MARKS
      made.pointee.marks = make(chat__v1__marks__init)
      made.pointee.marks.pointee.conversation = string(marks.conversation)
      made.pointee.marks.pointee.user = string(marks.user)
      made.pointee.marks.pointee.delivered = marks.delivered
      made.pointee.marks.pointee.read = marks.read
    case .typing(let conversation, let user):
      made.pointee.body_case = CHAT__V1__EVENT__BODY_TYPING
      made.pointee.typing = make(chat__v1__typing__init)
      made.pointee.typing.pointee.conversation = string(conversation)
      made.pointee.typing.pointee.user = string(user)
    case .tokenExpiring(let expiresIn):
      made.pointee.body_case = CHAT__V1__EVENT__BODY_TOKEN_EXPIRING
      made.pointee.token_expiring = make(chat__v1__token_expiring__init)
      made.pointee.token_expiring.pointee.expires_in_ms = expiresIn
    case .members(let conversation, let count):
      made.pointee.body_case = CHAT__V1__EVENT__BODY_MEMBERS
      made.pointee.members = make(chat__v1__member_count__init)
      made.pointee.members.pointee.conversation = string(conversation)
      made.pointee.members.pointee.members = count
    case .unknown:
      break
    }
    return made
  }
}
