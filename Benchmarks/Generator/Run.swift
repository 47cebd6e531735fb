#if canImport(CEpoll)
  import Foundation

  /// One workload from the first connection to the verified end, in one thread. All memory is taken at the
  /// start and kept until the process ends.
  struct Run<D: Dialect>: ~Copyable {
    static var readBytes: Int { 256 << 10 }
    /// How often the parent hears of progress.
    static var progressInterval: UInt64 { 250_000_000 }
    /// Without any progress for so long, something is wrong.
    static var patience: UInt64 { 10_000_000_000 }
    /// After the last delivery, for what comes twice.
    static var quietTime: UInt64 { 100_000_000 }
    /// Silence after which a connection gives a sign of life.
    static var signOfLifeSeconds: UInt32 { 60 }

    let workload: Workload
    let dialect: D
    let templates: Templates
    let connections: UnsafeMutablePointer<Connection>
    let connectionCount: Int
    let buffer: UnsafeMutablePointer<UInt8>
    /// Messages sent to each topic.
    let published: UnsafeMutablePointer<UInt64>
    var poller: Poller
    var parent = ParentLink()
    var receiver: Receiver
    var publishers: [Publisher]
    var opened = 0
    var ready = 0
    var publishes: UInt64 = 0
    var receivedBytes: UInt64 = 0
    var sentBytes: UInt64 = 0
    /// paced: when to publish.
    var schedule: Schedule?
    /// Whether credit that comes back is spent.
    var isPublishing = false
    /// resume: messages to publish in all.
    var publishLimit = UInt64.max
    var nextProgress: UInt64 = 0
    var nextSignOfLife: UInt64 = 0

    init(_ workload: Workload, _ poller: consuming Poller) {
      self.workload = workload
      dialect = D(workload)
      templates = Templates(dialect, workload)
      connectionCount = workload.connections
      connections = .allocate(capacity: connectionCount)
      connections.initialize(repeating: Connection(), count: connectionCount)
      buffer = .allocate(capacity: Self.readBytes)
      published = .allocate(capacity: workload.topics)
      published.initialize(repeating: 0, count: workload.topics)
      var window = CreditWindow(
        topics: workload.topics, publishers: workload.publishers, inFlight: workload.inFlight)
      publishers = []
      let frame = templates.longestFrame
      let outbox =
        workload.kind == .paced
        ? Publisher.pacedOutboxBytes : max(2 * frame, min(Publisher.outboxBytes, workload.inFlight * frame))
      for number in 0..<workload.publishers {
        connections[number].role = .publisher
        connections[number].number = Int32(number)
        publishers.append(
          Publisher(
            connection: number, outbox: Outbox(capacity: outbox + 1024),
            nextTopic: number % workload.topics))
      }
      for number in 0..<workload.subscriberConnections {
        let connection = connections + (workload.publishers + number)
        connection.pointee.role = number < workload.stalled ? .stalled : .subscriber
        connection.pointee.number = Int32(number)
        connection.pointee.topic = Int32(number % workload.topics)
        if number >= workload.stalled { window.addReader(topic: number % workload.topics) }
      }
      for number in 0..<workload.idle {
        connections[connectionCount - workload.idle + number].number = Int32(number)
      }
      for number in 0..<connectionCount where D.usesWebSocket(connections[number].role) {
        connections[number].webSocket.phase = .upgrading
      }
      receiver = Receiver(
        workload: workload, verifier: Verifier(pattern: BodyPattern(bytes: workload.bytes)),
        window: window, connection: connections)
      // Fails if standard input is a file: then there is no parent to listen to.
      try? poller.add(STDIN_FILENO, .input, token: Poller.inputToken)
      self.poller = poller
    }

    mutating func run() throws {
      switch workload.kind {
      case .saturated, .paced, .durable: try measure()
      case .idle: try holdIdle()
      case .resume: try resume()
      }
    }

    /// Handles one round of events, and lets the publishers use what credit came back.
    mutating func round(until deadline: UInt64) throws {
      let count = try poller.wait(until: deadline)
      if count > 0 { receiver.now = Clock.now() }
      for index in 0..<count {
        let event = poller.event(index)
        switch event.token {
        case Poller.timerToken: poller.timerFired()
        case Poller.inputToken: try listen()
        default:
          if event.output { try becameWritable(Int(event.token)) }
          if event.input { try read(Int(event.token)) }
        }
        // A round can take milliseconds; what is due does not wait for its end.
        if let schedule, schedule.due <= receiver.now { try publishDue(receiver.now) }
      }
      while let publisher = receiver.window.takeReturned() {
        if isPublishing { try spendCredit(of: publisher) }
      }
    }

    private mutating func listen() throws {
      try parent.receive()
      // At its end, standard input would be readable for ever.
      if parent.hasStop { try poller.remove(STDIN_FILENO) }
    }

    /// One read of a connection.
    mutating func read(_ number: Int) throws {
      let connection = connections + number
      guard connection.pointee.descriptor >= 0 else { return }
      var count = connection.pointee.keptCount
      if let kept = connection.pointee.kept { memcpy(buffer, kept, count) }
      let received = recv(connection.pointee.descriptor, buffer + count, Self.readBytes - count, 0)
      if received <= 0 {
        if received < 0, errno == EAGAIN { return }
        throw GeneratorFailure(
          "the server closed the connection of \(connection.pointee.role) \(connection.pointee.number)")
      }
      count += received
      receivedBytes += UInt64(received)
      receiver.connection = connection
      let expected = connection.pointee.expected
      if workload.kind != .saturated { receiver.now = Clock.now() }
      var webSocket = connection.pointee.webSocket
      let done = dialect.scan(buffer, count, &webSocket, into: &receiver)
      connection.pointee.webSocket = webSocket
      if done < count || connection.pointee.kept != nil { try keep(connection, done..<count) }
      if workload.kind == .resume { noteCompletion(connection, since: expected) }
      if receiver.answers > 0 || receiver.questions > 0 || receiver.failure != nil {
        try attend(number)
      }
    }

    /// Keeps the beginning of a frame whose end has not come.
    private func keep(_ connection: UnsafeMutablePointer<Connection>, _ rest: Range<Int>) throws {
      connection.pointee.kept?.deallocate()
      connection.pointee.kept = nil
      connection.pointee.keptCount = rest.count
      guard !rest.isEmpty else { return }
      guard rest.count < Self.readBytes else { throw GeneratorFailure("a frame does not end") }
      let kept = UnsafeMutablePointer<UInt8>.allocate(capacity: rest.count)
      kept.initialize(from: buffer + rest.lowerBound, count: rest.count)
      connection.pointee.kept = kept
    }

    /// What a read brought but deliveries.
    private mutating func attend(_ number: Int) throws {
      if let failure = receiver.failure { throw GeneratorFailure(failure) }
      while receiver.answers > 0 {
        receiver.answers -= 1
        if !connections[number].isReady {
          connections[number].step += 1
          try greet(number)
        }
      }
      while receiver.questions > 0 {
        receiver.questions -= 1
        try send(dialect.answer(to: receiver.question), number)
      }
    }
  }
#endif
