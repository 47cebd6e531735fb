import Logging
import NIOConcurrencyHelpers
import NIOCore
import NIOPosix

/// Watches event loops and memory from a thread of its own: a loop that hangs can say nothing, and nobody can ask it.
final class Watchdog: Sendable {
  /// What it may do to the node, from its thread.
  struct Actions: Sendable {
    let shedWindows: @Sendable () -> Void
    let refuseSessions: @Sendable (Bool) -> Void
    /// Only a new process helps.
    let end: @Sendable (ServerError) -> Void
  }

  private static let step = 0.1
  /// Memory is looked at each so many steps.
  private static let stepsForMemory = 10

  let status: WatchStatus
  private let pulses: [LoopPulse]
  private let configuration: HealthConfiguration
  private let process: ProcessReader
  private let actions: Actions
  private let logger: Logger
  /// One watches; the other writes the log, which may hang just as the loops do.
  private let threads = NIOThreadPool(numberOfThreads: 2)
  private let isStopping = ConditionLock(value: false)
  private let isLogging = NIOLockedValueBox(false)

  init(
    pulses: [LoopPulse], configuration: HealthConfiguration, process: ProcessReader, status: WatchStatus,
    actions: Actions, logger: Logger
  ) {
    self.pulses = pulses
    self.configuration = configuration
    self.process = process
    self.status = status
    self.actions = actions
    self.logger = logger
  }

  func start() {
    threads.start()
    threads.submit { if case .active = $0 { self.watch() } }
  }

  /// Returns when its threads have ended. Before the loops end: they would seem to hang.
  func stop() async {
    isStopping.lock()
    isStopping.unlock(withValue: true)
    try? await threads.shutdownGracefully()
  }

  private func watch() {
    var loops = LoopWatch(
      loops: pulses.count, limit: configuration.loopDelay, end: configuration.loopEnd)
    var memory = MemoryWatch(configuration)
    var last = NIODeadline.now()
    var lastMemory = last
    var steps = 0
    while !isStopping.lock(whenValue: true, timeoutSeconds: Self.step) {
      let now = NIODeadline.now()
      for event in loops.look(beats: pulses.map(\.beats), after: (now - last).wholeMilliseconds) {
        take(event)
      }
      last = now
      steps += 1
      guard steps % Self.stepsForMemory == 0, let bytes = process.usage().residentBytes else { continue }
      let before = memory.stage
      let wanted = memory.look(bytes: bytes, after: (now - lastMemory).wholeMilliseconds)
      lastMemory = now
      for action in wanted { perform(action, bytes: bytes) }
      // Behind what is done about it, so that it is true.
      status.note(memory.stage)
      if memory.stage != before { log(memory.stage, bytes: bytes) }
    }
    isStopping.unlock()
  }

  private func take(_ event: LoopWatch.Event) {
    switch event {
    case .wedged(let loop, let time):
      status.noteStall()
      log(.error, "an event loop does not answer", ["loop": "\(loop)", "delay_ms": "\(time)"])
    case .answersAgain(let loop, let time):
      log(.notice, "an event loop answers again", ["loop": "\(loop)", "delay_ms": "\(time)"])
    case .mustEnd(let loop, let time):
      actions.end(
        ServerError(
          .wedged,
          "event loop \(loop) has not answered for \(time) ms (health.loop_end_ms is "
            + "\(configuration.loopEnd)), and only a new process helps: start it again"))
    }
  }

  private func perform(_ action: MemoryWatch.Action, bytes: UInt64) {
    switch action {
    case .shedWindows: actions.shedWindows()
    case .refuseSessions: actions.refuseSessions(true)
    case .takeSessions: actions.refuseSessions(false)
    case .end:
      actions.end(
        ServerError(
          .memory,
          "the process has \(bytes) bytes of memory and health.memory_bytes is \(configuration.memoryBytes): "
            + "start it again, and give it more or fewer sessions"))
    }
  }

  private func log(_ stage: MemoryWatch.Stage, bytes: UInt64) {
    let metadata: Logger.Metadata = ["bytes": "\(bytes)", "memory_bytes": "\(configuration.memoryBytes)"]
    switch stage {
    case .well: log(.notice, "memory is within its budget again", metadata)
    case .shedding: log(.warning, "memory is over its budget: windows are given back", metadata)
    case .refusing: log(.error, "memory is over its budget: new sessions are refused", metadata)
    case .ending: log(.critical, "memory is over its budget: the node drains and ends", metadata)
    }
  }

  /// Leaves a line out while the one before is not written.
  private func log(_ level: Logger.Level, _ message: Logger.Message, _ metadata: Logger.Metadata) {
    let isFree = isLogging.withLockedValue { isLogging in
      defer { isLogging = true }
      return !isLogging
    }
    guard isFree else { return }
    threads.submit { _ in
      self.logger.log(level: level, message, metadata: metadata)
      self.isLogging.withLockedValue { $0 = false }
    }
  }
}

extension TimeAmount {
  fileprivate var wholeMilliseconds: UInt64 { UInt64(clamping: nanoseconds / 1_000_000) }
}
