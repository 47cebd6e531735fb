package import ChatCore

/// A broker as the HTTP API shows it.
package struct BrokerInfo: Sendable, Hashable {
  /// The raw value is what the API says.
  package enum State: String, Sendable, CaseIterable {
    case running
    case draining
  }

  /// Where the broker listens.
  package struct Listener: Sendable, Hashable {
    /// `tcp`, `http` or `admin`.
    package var name: String
    /// Host and port, as in `127.0.0.1:7400`.
    package var address: String

    /// Makes a description.
    package init(name: String, address: String) {
      self.name = name
      self.address = address
    }
  }

  /// How far a drain has come.
  package struct Drain: Sendable, Hashable {
    /// How many there were when it began.
    package var sessionsAtStart: Int
    /// How many there still are.
    package var sessionsLeft: Int

    /// Makes a description.
    package init(sessionsAtStart: Int, sessionsLeft: Int) {
      self.sessionsAtStart = sessionsAtStart
      self.sessionsLeft = sessionsLeft
    }
  }

  /// As in `Connected.node`.
  package var node: String
  /// Of the program.
  package var version: String
  /// What it is doing.
  package var state: State
  /// Milliseconds since 1970.
  package var startedAt: Int64
  /// Event loops.
  package var loops: Int
  /// Where it listens.
  package var listeners: [Listener]
  /// As in `Connected.limits`.
  package var limits: ServerFrame.AnnouncedLimits
  /// While it drains.
  package var drain: Drain?

  /// Makes a description.
  package init(
    node: String, version: String, state: State, startedAt: Int64, loops: Int, listeners: [Listener],
    limits: ServerFrame.AnnouncedLimits, drain: Drain? = nil
  ) {
    self.node = node
    self.version = version
    self.state = state
    self.startedAt = startedAt
    self.loops = loops
    self.listeners = listeners
    self.limits = limits
    self.drain = drain
  }
}
