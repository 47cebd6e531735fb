/// What a ``ChatClient`` receives, in order, for one consumer.
///
/// Nothing is dropped: a consumer that is slow slows the broker down. It ends after ``ChatClient/close()``, or when
/// the broker refuses the user for good. A message counts as delivered when it was taken out.
///
/// The sequence may be left and entered again. Of two loops at the same time one ends.
public struct Updates: AsyncSequence, Sendable {
  /// What the sequence consists of.
  public typealias Element = Update
  /// It ends, but does not fail.
  public typealias Failure = Never

  let queue: UpdateQueue

  /// Goes on where the last one stopped.
  public func makeAsyncIterator() -> Iterator { Iterator(queue: queue) }

  /// Takes updates out.
  public struct Iterator: AsyncIteratorProtocol, Sendable {
    let queue: UpdateQueue

    /// The next update; nil at the end or when the task is cancelled.
    public mutating func next() async -> Update? {
      await queue.next(isolation: nil)
    }

    /// The next update; nil at the end or when the task is cancelled.
    public mutating func next(isolation actor: isolated (any Actor)?) async -> Update? {
      await queue.next(isolation: actor)
    }
  }
}
