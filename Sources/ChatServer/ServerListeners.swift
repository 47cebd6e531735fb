import Logging
import NIOCore
import NIOPosix

/// The sockets that a server listens on.
struct ServerListeners {
  /// A session keeps the buffer that it reads into, so it begins small; a busy one has it grow by itself.
  private static let readBuffers = AdaptiveRecvByteBufferAllocator(
    minimum: 256, initial: 256, maximum: 65_536)

  let tcp: any Channel
  let web: (any Channel)?
  let admin: (any Channel)?

  /// Listens on all of them, or on none.
  static func open(
    _ configuration: ServerConfiguration, group: MultiThreadedEventLoopGroup, ports: [LoopPort],
    service: NodeService, certificates: Certificates, logger: Logger
  ) async throws -> ServerListeners {
    let pipelines = ConnectionPipelines(
      configuration: configuration, loops: LoopPorts(ports), service: service, certificates: certificates,
      logger: logger)
    var opened: [any Channel] = []
    func listen(
      _ listener: Listener, _ host: String, _ port: Int,
      _ initialize: @escaping @Sendable (any Channel) throws -> Void
    ) async throws -> any Channel {
      var bootstrap = Self.bootstrap(listener, configuration, group, initialize)
      bootstrap = bootstrap.serverChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.addHandler(
            AcceptThrottle(listener, service.connections, logger))
        }
      }
      let channel = try await bind(bootstrap, listener, host, port)
      opened.append(channel)
      return channel
    }
    do {
      let tcp = try await listen(.tcp, configuration.host, configuration.port, pipelines.tcp)
      var web: (any Channel)?
      if let settings = configuration.web {
        web = try await listen(.http, settings.host, settings.port, pipelines.web(settings))
      }
      var admin: (any Channel)?
      if let settings = configuration.admin {
        admin = try await listen(.admin, settings.host, settings.port, try pipelines.admin(settings))
      }
      return ServerListeners(tcp: tcp, web: web, admin: admin)
    } catch {
      for channel in opened { try? await channel.close() }
      throw error
    }
  }

  private static func bootstrap(
    _ listener: Listener, _ configuration: ServerConfiguration, _ group: MultiThreadedEventLoopGroup,
    _ initialize: @escaping @Sendable (any Channel) throws -> Void
  ) -> ServerBootstrap {
    var bootstrap = ServerBootstrap(group: group)
      .serverChannelOption(.backlog, value: Int32(clamping: configuration.backlog))
      .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
      // Connections inherit these, so they need not be set for each.
      .serverChannelOption(.tcpOption(.tcp_nodelay), value: 1)
      .childChannelOption(.recvAllocator, value: readBuffers)
      .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture { try initialize(channel) }
      }
    if listener != .tcp {
      // Who has ended its requests still wants their answers.
      bootstrap = bootstrap.childChannelOption(.allowRemoteHalfClosure, value: true)
    }
    if listener != .admin, let bytes = configuration.sendBufferBytes {
      bootstrap = bootstrap.serverChannelOption(.socketOption(.so_sndbuf), value: .init(clamping: bytes))
    }
    return bootstrap
  }

  private static func bind(
    _ bootstrap: ServerBootstrap, _ listener: Listener, _ host: String, _ port: Int
  ) async throws(ServerError) -> any Channel {
    do {
      return try await bootstrap.bind(host: host, port: port).get()
    } catch {
      throw ServerError(
        .bind,
        "cannot listen on \(host):\(port) (\(error)): stop what listens there, or choose another host or port",
        listener: listener.rawValue)
    }
  }

  /// Names and addresses of those that are open.
  var addresses: [(name: String, address: SocketAddress)] {
    [(Listener.tcp, tcp), (.http, web), (.admin, admin)].compactMap { listener, channel in
      channel?.localAddress.map { (listener.rawValue, $0) }
    }
  }

  /// Takes no new clients.
  func closePublic() async {
    try? await tcp.close()
    try? await web?.close()
  }

  func closeAdmin() async { try? await admin?.close() }
}
