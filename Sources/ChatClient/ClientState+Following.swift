import ChatCore

// Which conversations the session follows, and from where.
extension ClientState {
  /// Brings the places and what the broker thinks that the session follows together.
  mutating func reconcile(
    _ connected: ServerFrame.Connected, resumed: [String: UInt64], at now: UInt64
  ) {
    leaving.removeAll()
    nameProperly(for: connected.user)
    let resumedNames = Set(resumed.keys.map { Self.properName(of: $0, user: connected.user) })
    var followed = Set<String>()
    for state in connected.conversations {
      followed.insert(state.conversation)
      // Where the place was not told, another device's mark is where delivery starts.
      if !resumedNames.contains(state.conversation), let place = positions.elsewhere(than: state) {
        subscribeAgain(from: place, at: now)
      }
      if let place = positions.meet(state) { act(.update(.place(place))) }
    }
    for place in positions.all where !followed.contains(place.conversation) {
      if !resumedNames.contains(place.conversation) {
        // Followed since Connect was sent, or there was no room for it in Connect.
        subscribeAgain(from: place, at: now)
      } else if !place.conversation.isBroadcast {
        // The membership ended in the meantime. Broadcasts are announced one by one.
        unfollowed(place.conversation)
      }
    }
    for name in resumedNames where name.isBroadcast && positions.places[name] == nil {
      // Unsubscribed since Connect was sent.
      leaving.insert(name)
      send(ClientFrame(requestID: 0, body: .unsubscribe(conversation: name)), at: now)
    }
  }

  /// Now that the user is known, what a program calls `user:<id>` goes under the name that the broker uses.
  private mutating func nameProperly(for user: String) {
    for place in positions.all {
      let name = Self.properName(of: place.conversation, user: user)
      guard name != place.conversation else { continue }
      positions.rename(place.conversation, to: name)
      act(.update(.forget(conversation: place.conversation)))
      if let known = positions.places[name] {
        act(.update(.place(Position(conversation: name, epoch: known.epoch, sequence: known.sequence))))
      }
    }
  }

  private static func properName(of name: String, user: String) -> String {
    guard let user = try? UserID(user), let address = try? Address(name) else { return name }
    return address.conversation(from: user).name
  }

  /// Asks for what comes after the place.
  mutating func subscribeAgain(from place: Position, at now: UInt64) {
    let request = makeRequestID()
    resubscribes.sent(request, for: place.conversation)
    let subscribe = ClientFrame.Subscribe(conversation: place.conversation, after: place)
    send(ClientFrame(requestID: request, body: .subscribe(subscribe)), at: now)
  }

  /// The broker did not take a subscribe of ``subscribeAgain(from:at:)``: nothing comes of this conversation until it
  /// takes one.
  mutating func refusedAgain(_ conversation: String, _ error: ChatError, at now: UInt64) {
    guard positions.places[conversation] != nil else { return }
    if error.endsFollowing { return unfollowed(conversation) }
    let delay = max(Positions.repairInterval, min(error.retryAfter, ConnectionState.longestHint))
    positions.repairLater(conversation, at: now.adding(delay))
  }

  /// The session does not follow the conversation any longer.
  mutating func unfollowed(_ conversation: String) {
    if positions.forget(conversation) { act(.update(.forget(conversation: conversation))) }
    acknowledged[conversation] = nil
    forgetRead(conversation)
    act(.update(.update(.event(.unfollowed(conversation: conversation)))))
  }
}

extension ChatError {
  /// The same subscribe would be refused for ever.
  fileprivate var endsFollowing: Bool {
    guard !isTemporary else { return false }
    return switch code {
    case .notMember, .permissionDenied, .limitExceeded, .invalidArgument: true
    default: false
    }
  }
}

extension String {
  var isBroadcast: Bool { hasPrefix("broadcast:") }
}
