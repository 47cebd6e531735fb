#if canImport(CEpoll)
  import Foundation

  extension Run {
    /// Connects until `count` connections are ready. Returns the seconds that it took.
    mutating func connect(upTo count: Int) throws -> Double {
      let started = Clock.now()
      let handshakes = workload.handshakes ?? D.handshakes
      var giveUp = started + Self.patience
      var before = ready
      while ready < count {
        while opened < count, opened - ready < handshakes { try openNext() }
        try round(until: Clock.now() + Self.progressInterval)
        if ready > before {
          before = ready
          giveUp = Clock.now() + Self.patience
        } else if Clock.now() > giveUp {
          throw GeneratorFailure("only \(ready) of \(count) connections became ready")
        }
      }
      return Double(Clock.now() - started) / 1e9
    }

    mutating func openNext() throws {
      let number = opened
      opened += 1
      let isStream = connections[number].webSocket.phase == .none
      let descriptor = try Socket.open(
        host: workload.host, port: isStream ? workload.port : workload.webSocketPort ?? workload.port)
      connections[number].descriptor = descriptor
      try poller.add(descriptor, .input, token: UInt64(number))
      try greet(number)
    }

    /// Sends what the handshake's step needs, or finds the connection ready.
    mutating func greet(_ number: Int) throws {
      let connection = connections + number
      let peer = Peer(
        role: connection.pointee.role, number: Int(connection.pointee.number),
        topic: Int(connection.pointee.topic))
      guard let bytes = dialect.hello(peer, step: Int(connection.pointee.step)) else {
        connection.pointee.isReady = true
        ready += 1
        if peer.role == .stalled { try poller.remove(connection.pointee.descriptor) }
        return
      }
      if try !send(bytes, number) {
        // TCP is still connecting. On loopback this is rare.
        connection.pointee.isConnecting = true
        try watchOutput(number, true)
      }
    }

    /// Sends a few bytes outside of the publishes. False: the socket takes none now.
    @discardableResult
    mutating func send(_ bytes: [UInt8], _ number: Int) throws -> Bool {
      connections[number].sentAt = UInt32(truncatingIfNeeded: Clock.now() / 1_000_000_000)
      if connections[number].isReady, connections[number].role == .publisher,
        !publishers[number].outbox.isEmpty
      {
        guard let place = publishers[number].outbox.reserve(bytes.count) else { return false }
        place.initialize(from: bytes, count: bytes.count)
        return true
      }
      let sent = try Socket.send(connections[number].descriptor, bytes, bytes.count)
      sentBytes += UInt64(sent)
      guard sent == 0 || sent == bytes.count else {
        throw GeneratorFailure("the server does not read")
      }
      return sent > 0
    }

    mutating func becameWritable(_ number: Int) throws {
      guard connections[number].isConnecting else { return try flush(publisher: number) }
      if let error = Socket.error(connections[number].descriptor) {
        throw GeneratorFailure("cannot connect to \(workload.host):\(workload.port): \(error)")
      }
      connections[number].isConnecting = false
      try watchOutput(number, false)
      try greet(number)
    }

    mutating func watchOutput(_ number: Int, _ watches: Bool) throws {
      guard connections[number].watchesOutput != watches else { return }
      connections[number].watchesOutput = watches
      try poller.change(
        connections[number].descriptor, watches ? [.input, .output] : .input, token: UInt64(number))
    }

    /// For servers that close connections which say nothing.
    mutating func giveSignsOfLife(_ now: UInt64) throws {
      guard now >= nextSignOfLife else { return }
      nextSignOfLife = now + 1_000_000_000
      let second = UInt32(truncatingIfNeeded: now / 1_000_000_000)
      for number in 0..<ready where second &- connections[number].sentAt >= Self.signOfLifeSeconds {
        let bytes = dialect.signOfLife(connections[number].role)
        if !bytes.isEmpty { try send(bytes, number) }
      }
    }
  }
#endif
