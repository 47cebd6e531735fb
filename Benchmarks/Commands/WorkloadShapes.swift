extension Workload {
  /// As fast as the server can, with so many messages of a publisher on their way.
  static func saturated(
    topics: Int = 1, subscribers: Int, publishers: Int = 1, inFlight: Int, bytes: Int = 128
  ) -> Workload {
    var workload = Workload(dialect: .chat, kind: .saturated, port: 0)
    workload.topics = topics
    workload.subscribers = subscribers
    workload.publishers = publishers
    workload.inFlight = inFlight
    workload.bytes = bytes
    return workload
  }

  /// So many messages a second, whatever the server does.
  static func paced(subscribers: Int, rate: Double, bytes: Int = 128) -> Workload {
    var workload = Workload(dialect: .chat, kind: .paced, port: 0)
    workload.subscribers = subscribers
    workload.rate = rate
    workload.bytes = bytes
    return workload
  }

  /// Connections that do nothing.
  static func idle(sessions: Int) -> Workload {
    var workload = Workload(dialect: .chat, kind: .idle, port: 0)
    workload.subscribers = 0
    workload.publishers = 1
    workload.idle = sessions
    return workload
  }

  /// Publishers that each wait for the answer to their message: that it is stored.
  static func durable(
    publishers: Int, shape: DurableShape = .together, inFlight: Int = 1, bytes: Int = 128
  ) -> Workload {
    var workload = Workload(dialect: .chat, kind: .durable, port: 0)
    workload.topics = shape.topics(publishers: publishers)
    workload.subscribers = 0
    workload.publishers = publishers
    workload.inFlight = inFlight
    workload.bytes = bytes
    workload.durable = true
    return workload
  }

  func lasting(_ seconds: Double, warmup: Double) -> Workload {
    var workload = self
    workload.seconds = seconds
    workload.warmup = warmup
    return workload
  }

  /// One line for people.
  var title: String {
    let what =
      switch kind {
      case .saturated:
        "\(shape), \(publishers == 1 ? "1 publisher" : "\(publishers) publishers"), \(inFlight) in flight"
      case .paced: "\(shape), \(Format.number(rate)) messages a second"
      case .idle: "\(Format.count(idle)) idle sessions"
      case .durable:
        "\(publishers) publishers to \(topics == 1 ? "one conversation" : "one conversation each"), "
          + "\(inFlight) in flight each, every answer after the message is stored"
      case .resume: "\(Format.count(subscribers)) sessions resume, \(behind) messages behind each"
      }
    let extra =
      (kind != .idle && idle > 0 ? ", \(Format.count(idle)) idle besides" : "")
      + (stalled > 0 ? ", \(stalled) of them do not read" : "")
    return what + extra + (kind == .idle ? "" : ", \(bytes)-byte bodies")
  }

  private var shape: String {
    "\(topics == 1 ? "1 conversation" : "\(Format.count(topics)) conversations") × "
      + (subscribers == 1 ? "1 subscriber" : "\(Format.count(subscribers)) subscribers")
  }
}
