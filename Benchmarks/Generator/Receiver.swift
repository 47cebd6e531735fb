/// What a dialect's parser calls for each thing that it finds.
protocol FrameSink {
  /// A delivery.
  mutating func delivered(_ body: UnsafePointer<UInt8>, _ count: Int)
  /// The answer that the handshake waits for.
  mutating func answered()
  /// A publish was acknowledged: the one with this serial number; nil: the oldest that was not yet.
  mutating func acknowledged(_ serial: UInt64?)
  /// The server asks for a sign of life.
  mutating func asked(_ question: [UInt8])
  /// The server refused something, or sent what cannot be understood.
  mutating func failed(_ message: String)
}

/// Accounts for what the connections bring.
struct Receiver: FrameSink {
  private let givesCredit: Bool
  /// Deliveries of a resumption are as old as what was missed: their latency says nothing.
  private let takesLatency: Bool
  var verifier: Verifier
  var window: CreditWindow
  var latency: LatencyRecorder
  var sends: SendTimes?
  /// The connection that is being read, and when.
  var connection: UnsafeMutablePointer<Connection>
  var now: UInt64 = 0
  /// All deliveries since the start, or acknowledgements.
  var total: UInt64 = 0
  /// Deliveries that came or will not come.
  var accounted: UInt64 = 0
  var acknowledgements: UInt64 = 0
  // What the caller has to do after a read.
  var answers = 0
  var questions = 0
  /// The newest of them: an answer to it answers all.
  var question: [UInt8] = []
  var failure: String?

  init(
    workload: Workload, verifier: Verifier, window: CreditWindow,
    connection: UnsafeMutablePointer<Connection>
  ) {
    givesCredit = workload.kind == .saturated
    takesLatency = workload.kind != .resume
    self.verifier = verifier
    self.window = window
    self.connection = connection
    latency = LatencyRecorder(every: workload.kind == .saturated ? LatencyRecorder.sampling : 1)
    if workload.countsAcknowledgements {
      sends = SendTimes(publishers: workload.publishers, inFlight: workload.inFlight)
    }
  }

  @inline(__always)
  mutating func delivered(_ body: UnsafePointer<UInt8>, _ count: Int) {
    let before = connection.pointee.expected
    verifier.check(body, count, connection)
    total &+= 1
    accounted &+= connection.pointee.expected &- before
    if givesCredit {
      let topic = connection.pointee.topic
      var index = before
      while index < connection.pointee.expected {
        window.delivered(topic: topic, index: index)
        index &+= 1
      }
    }
    if takesLatency, count >= BodyPattern.headerBytes {
      latency.sample(scheduled: BodyPattern.scheduled(body), now: now)
    }
  }

  mutating func answered() { answers += 1 }

  mutating func acknowledged(_ serial: UInt64?) {
    acknowledgements += 1
    guard sends != nil else { return }
    let publisher = Int(connection.pointee.number)
    guard let time = sends?.take(publisher: publisher, serial: serial) else {
      return failed("an acknowledgement came for a publish that does not wait for one")
    }
    total += 1
    latency.sample(scheduled: time, now: now)
    window.giveBack(publisher: publisher)
  }

  mutating func asked(_ question: [UInt8]) {
    questions += 1
    self.question = question
  }

  mutating func failed(_ message: String) {
    if failure == nil { failure = message }
  }
}
