import ChatCore

/// One frame of every kind with all fields set, and the extremes that a field can hold.
enum WireSamples {
  static let position = Position(conversation: "group:støtte", epoch: .max, sequence: 1 << 40)

  static let clientBodies: [ClientFrame.Body] = [
    .connect(connect), .publish(publish), .publish(plainPublish), .publish(ClientFrame.Publish()),
    .subscribe(ClientFrame.Subscribe(conversation: "broadcast:news", after: position)),
    .subscribe(ClientFrame.Subscribe(conversation: "broadcast:news", after: Position(conversation: ""))),
    .subscribe(ClientFrame.Subscribe(conversation: "broadcast:news")),
    .unsubscribe(conversation: "broadcast:news"), .join(conversation: "group:a/b"),
    .leave(conversation: "group:a/b"),
    .history(
      ClientFrame.History(conversation: "group:a", after: .max, before: 7, limit: .max, fromStart: true)),
    .acknowledge([position, Position(conversation: ""), position]), .acknowledge([]), .ping,
    .markRead([position, Position(conversation: ""), position]), .markRead([]),
    .typing(conversation: "group:støtte"), .typing(conversation: ""),
    .refresh(token: String(repeating: "t", count: 300)), .refresh(token: ""), .unknown,
  ]

  static let serverBodies: [ServerFrame.Body] = [
    .connected(connected), .connected(ServerFrame.Connected()), .published([receipt, Receipt()]),
    .message(message), .message(Message()), .subscribed(state), .done, .historyPage(historyPage),
    .gap(Gap(conversation: "group:a", from: 1, to: .max, reason: .logTruncated, epoch: 3)),
    .event(.following(state)), .event(.unfollowed(conversation: "group:a")),
    .event(.marks(Marks(conversation: "group:støtte", user: "anna", delivered: .max, read: 1))),
    .event(.marks(Marks(conversation: "", user: ""))),
    .event(.typing(conversation: "group:støtte", user: "anna")),
    .event(.tokenExpiring(expiresIn: .max)), .event(.tokenExpiring(expiresIn: 0)), .event(.unknown),
    .event(.members(conversation: "group:g", count: .max)), .event(.members(conversation: "", count: 0)),
    .heartbeat(tails: [position, position], serverTime: .min),
    .error(ChatError(.unavailable, "try again – soon", retryAfter: .max)),
    .error(ChatError(ErrorCode(rawValue: -7), "a code of tomorrow")),
    .goAway(ServerFrame.GoAway(reconnectAfter: 1, closesAfter: .max, reason: "deploy")), .unknown,
  ]

  static var clientFrames: [ClientFrame] {
    clientBodies.enumerated().map { ClientFrame(requestID: $0 == 0 ? .max : UInt64($0), body: $1) }
  }

  static var serverFrames: [ServerFrame] {
    serverBodies.enumerated().map { ServerFrame(requestID: $0 == 0 ? .max : UInt64($0), body: $1) }
  }

  static var connect: ClientFrame.Connect {
    var connect = ClientFrame.Connect()
    connect.token = String(repeating: "t", count: 300)
    connect.user = "anna"
    connect.device = "télé 📺"
    connect.client = "tests/1"
    connect.resume = [position, Position(conversation: "direct:anna:bo", epoch: 1, sequence: 2)]
    return connect
  }

  static var publish: ClientFrame.Publish {
    var publish = ClientFrame.Publish()
    publish.to = ["user:bo", "", "group:støtte"]
    publish.clientMessageID = "0198c0de-0000-7000-8000-000000000001"
    publish.contentType = "application/octet-stream"
    publish.body = Payload((0...255).map { UInt8($0) })
    publish.traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    return publish
  }

  static var plainPublish: ClientFrame.Publish {
    var publish = publish
    publish.to = ["group:støtte"]
    return publish
  }

  static var message: Message {
    var message = Message()
    message.sequence = .max
    message.time = .min
    message.conversation = "group:støtte"
    message.sender = "anna"
    message.contentType = "application/octet-stream"
    message.body = Payload([0, 1, 0, 255])
    message.traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    return message
  }

  static var state: ConversationState {
    var state = ConversationState()
    state.conversation = "group:støtte"
    state.epoch = 1
    state.lastSequence = .max
    state.position = 3
    state.members = .max
    state.read = .max
    state.peerDelivered = 2
    state.peerRead = .max
    return state
  }

  static var connected: ServerFrame.Connected {
    var connected = ServerFrame.Connected()
    connected.session = "s1"
    connected.user = "anna"
    connected.node = "node-1"
    connected.limits.frameBytes = 1
    connected.limits.bodyBytes = 2
    connected.limits.addressesPerPublish = 3
    connected.limits.historyPageMessages = 4
    connected.limits.serverFrameBytes = 5
    connected.limits.idleTimeoutMilliseconds = 6
    connected.limits.heartbeatIntervalMilliseconds = .max
    connected.serverTime = .max
    connected.conversations = [state, ConversationState(), state]
    return connected
  }

  static var receipt: Receipt {
    var receipt = Receipt()
    receipt.to = "user:bo"
    receipt.conversation = "direct:anna:bo"
    receipt.sequence = .max
    receipt.time = .max
    receipt.recipientsOnline = 1
    receipt.recipientsTotal = .max
    receipt.error = ChatError(.notMember, "join first", retryAfter: 5)
    receipt.duplicate = true
    return receipt
  }

  static var historyPage: ServerFrame.HistoryPage {
    var page = ServerFrame.HistoryPage()
    page.conversation = "group:støtte"
    page.epoch = .max
    page.messages = [message, Message(), message]
    page.firstSequence = 1
    page.lastSequence = .max
    return page
  }
}
