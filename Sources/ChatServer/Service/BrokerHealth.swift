/// How a node is, part by part.
package struct BrokerHealth: Sendable, Hashable {
  /// One part of the node.
  package struct Check: Sendable, Hashable {
    /// The raw value is what the HTTP API says.
    package enum State: String, Sendable {
      case ok
      /// It works, but somebody should look at it.
      case degraded
      case failing
    }

    /// A word, such as `store`.
    package var name: String
    package var state: State
    /// What was found, in one sentence.
    package var detail: String

    /// It works.
    package var passed: Bool { state != .failing }

    /// Makes a result.
    package init(name: String, state: State, detail: String) {
      self.name = name
      self.state = state
      self.detail = detail
    }
  }

  /// Every event loop answers. If not, only a new process helps.
  package var loops: Check
  /// A commit has reached the disk.
  package var store: Check
  /// There is room for more.
  package var disk: Check
  /// The node takes new sessions.
  package var accepting: Check
  /// Memory is within its budget.
  package var memory: Check
  /// There are enough for further connections.
  package var descriptors: Check
  /// There are keys to check tokens by, where users need one.
  package var tokens: Check

  /// Makes a report.
  package init(
    loops: Check, store: Check, disk: Check, accepting: Check, memory: Check, descriptors: Check,
    tokens: Check
  ) {
    self.loops = loops
    self.store = store
    self.disk = disk
    self.accepting = accepting
    self.memory = memory
    self.descriptors = descriptors
    self.tokens = tokens
  }

  /// All of them.
  package var checks: [Check] { [loops, store, disk, accepting, memory, descriptors, tokens] }
}
