import ArgumentParser
import Foundation

/// The load generator, which the other sub-commands start as a process of its own.
struct Generate: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Generates load. Started by the other sub-commands.", shouldDisplay: false)

  @Argument(help: "The workload as JSON.") var workload: String

  func run() throws {
    do {
      try Self.run(Workload(json: workload))
    } catch {
      var event = GeneratorEvent(.failed)
      event.message = (error as? GeneratorFailure)?.description ?? "\(error)"
      try ParentLink().send(event)
      throw ExitCode.failure
    }
  }

  private static func run(_ workload: Workload) throws {
    #if canImport(CEpoll)
      switch workload.dialect {
      case .chat: try run(ChatDialect.self, workload)
      case .chatWebSocket: try run(WebSocketDialect<ChatDialect>.self, workload)
      case .chatJSON: try run(WebSocketDialect<ChatJSON>.self, workload)
      case .nats: try run(NATSDialect.self, workload)
      case .jetstream: try run(JetStreamDialect.self, workload)
      case .redis: try run(RedisDialect.self, workload)
      case .redisStreams: try run(RedisStreamsDialect.self, workload)
      case .mqtt: try run(MQTTDialect.self, workload)
      case .limit: try run(LimitDialect.self, workload)
      }
    #else
      throw GeneratorFailure("measuring needs Linux (epoll); run it in a container or a virtual machine")
    #endif
  }

  #if canImport(CEpoll)
    /// Compiled anew for each dialect, so that nothing is looked up for a delivery.
    private static func run<D: Dialect>(_: D.Type, _ workload: Workload) throws {
      try workload.validate()
      try DescriptorLimit.raise(for: workload.connections)
      if let core = workload.core { try Poller.pin(core: core) }
      var run = Run<D>(workload, try Poller())
      try run.run()
    }
  #endif
}
