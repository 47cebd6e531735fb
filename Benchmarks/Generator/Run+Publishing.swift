#if canImport(CEpoll)
  import Foundation

  extension Run {
    /// Lets all publishers send as much as they may.
    mutating func startPublishing() throws {
      isPublishing = true
      receiver.now = Clock.now()
      for number in publishers.indices { try spendCredit(of: number) }
    }

    /// Publishes for the credit that there is, in as few sends as possible.
    mutating func spendCredit(of number: Int) throws {
      guard publishers[number].outbox.isEmpty else { return }
      while true {
        let now = Clock.now()
        var credit = receiver.window.credit(publisher: number)
        while credit > 0, publishes < publishLimit, try append(publisher: number, scheduled: now) {
          credit -= 1
        }
        if publishers[number].outbox.isEmpty { return }
        try flush(publisher: number)
        guard publishers[number].outbox.isEmpty else { return }
      }
    }

    /// Puts the publisher's next message into its outbox. False: it has no room for it.
    mutating func append(publisher number: Int, scheduled: UInt64) throws -> Bool {
      let topic = publishers[number].nextTopic
      let serial = publishers[number].serial
      if let sends = receiver.sends, !sends.hasRoom(publisher: number, serial: serial) { return false }
      // With one topic for all publishers, each publisher has its own template.
      let template = workload.topics == 1 ? number : topic
      let prefix = templates.prefix(template)
      let suffix = templates.suffix(template)
      guard
        let place = publishers[number].outbox.reserve(prefix.count + workload.bytes + suffix.count),
        let prefixStart = prefix.baseAddress, let suffixStart = suffix.baseAddress
      else { return false }
      memcpy(place, prefixStart, prefix.count)
      dialect.patch(place, count: prefix.count, serial: serial)
      let index = published[topic]
      receiver.verifier.pattern.write(
        index: index, topic: Int32(truncatingIfNeeded: topic), scheduled: scheduled, to: place + prefix.count)
      memcpy(place + (prefix.count + workload.bytes), suffixStart, suffix.count)
      published[topic] = index + 1
      publishes += 1
      publishers[number].serial = serial + 1
      let next = topic + workload.publishers
      publishers[number].nextTopic = next < workload.topics ? next : number % workload.topics
      receiver.sends?.put(publisher: number, serial: serial, time: scheduled)
      if workload.kind != .paced {
        receiver.window.sent(publisher: number, topic: topic, index: index)
      }
      return true
    }

    /// Sends what the socket takes; when it has taken all, there may be credit to spend.
    mutating func flush(publisher number: Int) throws {
      let connection = publishers[number].connection
      while !publishers[number].outbox.isEmpty {
        let sent = try publishers[number].outbox.flush(connections[connection].descriptor)
        sentBytes += UInt64(sent)
        if sent == 0 { return try watchOutput(connection, true) }
      }
      connections[connection].sentAt = UInt32(truncatingIfNeeded: receiver.now / 1_000_000_000)
      if connections[connection].watchesOutput {
        try watchOutput(connection, false)
        if isPublishing, workload.kind != .paced { try spendCredit(of: number) }
      }
    }

    /// paced: publishes the messages that are due.
    mutating func publishDue(_ now: UInt64) throws {
      var touched: [Int] = []
      while let schedule, schedule.due <= now {
        let number = Int(schedule.number % UInt64(workload.topics)) % workload.publishers
        guard try append(publisher: number, scheduled: schedule.due) else {
          throw GeneratorFailure("the server takes less than \(workload.rate) messages a second")
        }
        if !publishers[number].hasNew {
          publishers[number].hasNew = true
          touched.append(number)
        }
        self.schedule?.advance()
      }
      for number in touched {
        publishers[number].hasNew = false
        try flush(publisher: number)
      }
    }
  }
#endif
