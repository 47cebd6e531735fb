import ChatCore

/// Reads a part of a log page by page, whatever its length.
struct HistoryReader {
  let session: ClientSession
  let address: AddressArgument

  /// Gives the messages in order of sequence, a page at a time.
  ///
  /// - Returns: the last sequence in the log; 0: it is empty.
  @discardableResult
  func read(
    _ request: HistoryRange.Request, page give: ([Message]) -> Void
  ) async throws(CommandFailure) -> UInt64 {
    let newest = try await session.history(address, limit: 1)
    let range = HistoryRange(request, firstHeld: newest.firstSequence, lastHeld: newest.lastSequence)
    guard let range else { return newest.lastSequence }
    var last = range.first - 1
    while last < range.last {
      // On the wire 0 means "not set", so the very first message is what stands before the second.
      let page =
        last == 0
        ? try await session.history(address, before: 2, limit: 1)
        : try await session.history(
          address, after: last, limit: Int(min(range.last - last, UInt64(ClientSession.pageMessages))))
      let messages = page.messages.filter { $0.sequence > last && $0.sequence <= range.last }
      if !messages.isEmpty { give(messages) }
      guard let read = page.messages.last?.sequence, read > last else {
        // Retention has deleted it meanwhile: go on with what is left.
        guard page.firstSequence > last + 1 else { break }
        last = page.firstSequence - 1
        continue
      }
      last = read
    }
    return newest.lastSequence
  }
}
