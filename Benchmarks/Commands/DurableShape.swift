import ArgumentParser

/// Where publishers that wait for the store publish to.
enum DurableShape: String, ExpressibleByArgument, CaseIterable {
  /// All to one conversation, or stream.
  case together
  /// Each to one of its own.
  case apart

  func topics(publishers: Int) -> Int { self == .together ? 1 : publishers }
}
