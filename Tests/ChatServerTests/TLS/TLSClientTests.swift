import ChatClient
import ChatCore
import NIOCore
import Testing

@testable import ChatServer

/// The Swift client against a broker with TLS.
@Suite(.timeLimit(.minutes(2))) struct TLSClientTests {
  private let certificates: TestCertificates

  init() throws { certificates = try TestCertificates() }

  private func client(
    _ address: SocketAddress, host: String = "127.0.0.1", user: String = "ann",
    _ tls: ChatClient.Configuration.TLS?
  ) -> ChatClient {
    var configuration = ChatClient.Configuration(user: user, host: host, port: address.port ?? 0)
    configuration.tls = tls
    configuration.backoffInitial = 10
    configuration.backoffMaximum = 50
    return ChatClient(configuration)
  }

  private func failure(
    _ address: SocketAddress, host: String = "127.0.0.1", _ tls: ChatClient.Configuration.TLS?
  ) async -> ChatClientError? {
    let client = client(address, host: host, tls)
    let error = await #expect(throws: ChatClientError.self) { _ = try await client.connect() }
    await client.close()
    return error
  }

  @Test(arguments: ["127.0.0.1", "localhost"])
  func `it talks to a broker that its authority has signed, by name and by address`(host: String) async throws
  {
    try await withServer(configure: { $0.tls = certificates.server() }) { address, _ in
      let trust = ChatClient.Configuration.TLS(caFile: certificates.path("ca.pem"))
      let ann = client(address, host: host, trust)
      _ = try await ann.connect()
      let bob = client(address, host: host, user: "bob", trust)
      _ = try await bob.connect()
      _ = try await ann.publish("hello", to: "user:bob")
      for await case .message(let message) in bob.updates {
        #expect(message.body.bytes == Array("hello".utf8))
        break
      }
      await ann.close()
      await bob.close()
    }
  }

  @Test func `it trusts nobody that it was not told to`() async throws {
    try certificates.makeAuthority("other")
    try await withServer(configure: { $0.tls = certificates.server() }) { address, server in
      for file in [nil, certificates.path("other.pem")] {
        let error = await failure(address, .init(caFile: file))
        #expect(error?.code == .tlsFailed)
        #expect(error?.message.contains("CERTIFICATE_VERIFY_FAILED") == true, "\(error?.message ?? "")")
      }
      try certificates.sign("server", serial: 8, names: "DNS:chat.example")
      try await server.reloadCertificates()
      let trust = ChatClient.Configuration.TLS(caFile: certificates.path("ca.pem"))
      let error = await failure(address, host: "localhost", trust)
      #expect(error?.code == .tlsFailed)
      #expect(error?.message.contains("another name") == true, "\(error?.message ?? "")")
      #expect(await failure(address, trust)?.code == .tlsFailed)
      #expect(await server.service?.statistics().framesReceived == 0, "nothing was said to it")
      var named = trust
      named.serverName = "chat.example"
      let client = client(address, named)
      _ = try await client.connect()
      await client.close()
    }
  }

  @Test func `it says what is wrong with its own files, and with a broker that has no TLS`() async throws {
    try await withServer { address, _ in
      let error = await failure(address, .init(caFile: certificates.path("ca.pem")))
      #expect(error?.code == .tlsFailed)
      #expect(error?.message.contains("nobody speaks TLS there") == true, "\(error?.message ?? "")")
      #expect(await failure(address, .init(caFile: "/nowhere.pem"))?.message.contains("/nowhere.pem") == true)
      var tls = ChatClient.Configuration.TLS()
      tls.certificateFile = certificates.path("client.pem")
      tls.privateKeyFile = certificates.path("server.key")
      #expect(await failure(address, tls)?.code == .tlsFailed)
    }
  }

  @Test func `it shows its certificate where one is wanted`() async throws {
    try await withServer(configure: { $0.tls = certificates.server(clientCA: true) }) { address, _ in
      var tls = ChatClient.Configuration.TLS(caFile: certificates.path("ca.pem"))
      let error = await failure(address, tls)
      #expect(error?.code == .tlsFailed, "\(error?.message ?? "")")
      tls.certificateFile = certificates.path("client.pem")
      tls.privateKeyFile = certificates.path("client.key")
      let client = client(address, tls)
      _ = try await client.connect()
      await client.close()
    }
  }

  @Test func `when the authority changes it reads its file again, and comes back`() async throws {
    try await withServer(configure: { $0.tls = certificates.server() }) { address, server in
      let client = client(address, .init(caFile: certificates.path("ca.pem")))
      _ = try await client.connect()
      try certificates.makeAuthority("new")
      try certificates.sign("server", by: "new", serial: 9)
      try await server.reloadCertificates()
      #expect(await server.service?.disconnect(user: try UserID("ann")) == 1)
      var wasRefused = false
      updates: for await update in client.updates {
        switch update {
        case .disconnected(let reason, _) where reason.code == .tlsFailed:
          wasRefused = true
          try certificates.replace("ca.pem", by: "new.pem")
        case .connected where wasRefused: break updates
        default: continue
        }
      }
      _ = try await client.publish("back", to: "user:ann")
      await client.close()
    }
  }
}
