// How often sessions and users may publish.
extension Router {
  /// Takes what a publish costs from its session's and its user's rate.
  ///
  /// - Throws: ``ErrorCode/limitExceeded``, with the time after which there is enough; then nothing is taken.
  mutating func takeRate(addresses: Int, session: Session, user: UserID) throws(ChatError) {
    let perSession = limits.publishesPerSecondPerSession
    let perUser = limits.publishesPerSecondPerUser
    guard perSession | perUser != 0, !session.isService else { return }
    let count = UInt64(addresses)
    if perSession > 0 {
      try check(session.rate, count, rate: perSession, "publishes_per_second_per_session")
    }
    if perUser > 0 {
      if userRates[user] == nil { try makeRoomForRate() }
      try check(userRates[user] ?? PublishRate(), count, rate: perUser, "publishes_per_second_per_user")
      userRates[user, default: PublishRate()].take(count, rate: perUser, at: now.uptime)
      if loops > 1 { spent[user, default: 0] &+= count }
    }
    if perSession > 0 { session.rate.take(count, rate: perSession, at: now.uptime) }
  }

  private func check(_ bucket: PublishRate, _ count: UInt64, rate: UInt64, _ limit: String) throws(ChatError)
  {
    guard count <= rate else {
      throw ChatError.limit(
        limit, "Publish.to has \(count) addresses: \(limit) is \(rate); name fewer at once")
    }
    let wait = bucket.wait(for: count, rate: rate, at: now.uptime)
    guard wait == 0 else {
      throw ChatError.limit(limit, "\(limit) is \(rate): wait before you publish again", retryAfter: wait)
    }
  }

  private mutating func makeRoomForRate() throws(ChatError) {
    guard userRates.count >= limits.ratedUsersPerLoop else { return }
    // A look at all of them is not for every publish.
    if now.uptime &- lastRateSweep >= Self.tick { forgetFullRates() }
    guard userRates.count >= limits.ratedUsersPerLoop else { return }
    throw ChatError.limit(
      "rated_users_per_loop",
      "rated_users_per_loop is \(limits.ratedUsersPerLoop): too many users publish now",
      retryAfter: Self.rateSweepInterval)
  }

  /// Who has not published for a while is as one who never did.
  mutating func forgetFullRates() {
    lastRateSweep = now.uptime
    userRates = userRates.filter { !$0.value.isFull(at: now.uptime) }
  }

  /// In milliseconds.
  static var rateSweepInterval: UInt64 { 1_000 }

  // MARK: A user with sessions on several loops

  /// Tells the other loops what users have published here in this tick.
  mutating func tellSpent() {
    guard !spent.isEmpty else { return }
    let message = LoopMessage.spent(spent)
    spent.removeAll(keepingCapacity: true)
    for other in loopMessages.indices where other != loop { send(message, to: other) }
  }

  /// Another loop has let users publish: it counts here too, even below nothing.
  mutating func noteSpent(_ counts: [UserID: UInt64]) {
    let rate = limits.publishesPerSecondPerUser
    guard rate > 0 else { return }
    for (user, count) in counts where userRates[user] != nil || userRates.count < limits.ratedUsersPerLoop {
      userRates[user, default: PublishRate()].take(count, rate: rate, at: now.uptime)
    }
  }
}
