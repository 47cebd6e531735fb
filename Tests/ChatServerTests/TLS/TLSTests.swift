import ChatCore
import NIOCore
import NIOSSL
import Testing

@testable import ChatServer

@Suite(.timeLimit(.minutes(3))) struct TLSTests {
  private let certificates: TestCertificates

  init() throws { certificates = try TestCertificates() }

  @Test(
    "Both versions of TLS are spoken, the newer one if the client can",
    arguments: [(nil, TLSVersion.tlsv13), (TLSVersion.tlsv12, TLSVersion.tlsv12)]
      as [(TLSVersion?, TLSVersion)])
  func versions(most: TLSVersion?, spoken: TLSVersion) async throws {
    try await withServer(configure: { $0.tls = certificates.server() }) { address, _ in
      let tls = try certificates.client { $0.maximumTLSVersion = most }
      let ann = try await RawClient.connect(address, user: "ann", tls: tls)
      let bob = try await RawClient.connect(address, user: "bob", tls: tls)
      #expect(try await ann.tlsVersion() == spoken)
      _ = try await ann.publish("hello", to: "user:bob")
      #expect(try await bob.message().body.bytes == Array("hello".utf8))
    }
  }

  @Test func `TLS 1.1 is refused, and 1.2 where only 1.3 is wanted`() async throws {
    let old = try certificates.client {
      $0.minimumTLSVersion = .tlsv1
      $0.maximumTLSVersion = .tlsv11
    }
    try await withServer(configure: { $0.tls = certificates.server() }) { address, server in
      await refuses(address, old)
      try await serves(address, server)
    }
    try await withServer(configure: {
      $0.tls = certificates.server()
      $0.tls?.minimumVersion = .v1_3
    }) { address, server in
      await refuses(address, try certificates.client { $0.maximumTLSVersion = .tlsv12 })
      try await serves(address, server)
    }
  }

  @Test func `A client that trusts another authority does not connect`() async throws {
    try certificates.makeAuthority("other")
    try await withServer(configure: { $0.tls = certificates.server() }) { address, server in
      let failures = await refuses(address, try certificates.client(trusting: "other"))
      #expect(failures.contains("CERTIFICATE_VERIFY_FAILED"))
      try await serves(address, server)
    }
  }

  @Test(
    "Where clients need a certificate, only one of the right authority opens the door",
    arguments: [TLSVersion.tlsv12, .tlsv13])
  func clientCertificates(version: TLSVersion) async throws {
    try certificates.makeAuthority("other")
    try certificates.sign("stranger", by: "other", serial: 7)
    func limit(_ tls: inout NIOSSL.TLSConfiguration) { tls.maximumTLSVersion = version }
    try await withServer(configure: { $0.tls = certificates.server(clientCA: true) }) { address, server in
      await refuses(address, try certificates.client(limit))
      await refuses(address, try certificates.client(certificate: "stranger", limit))
      let tls = try certificates.client(certificate: "client", limit)
      for _ in 0..<2 { await (try RawClient.connect(address, user: "ann", tls: tls)).close() }
      #expect(try await eventually { await server.service?.statistics().sessions == 0 })
    }
  }

  @Test func `Plain text at a port with TLS is hung up on, and harms nobody`() async throws {
    try await withServer(configure: { $0.tls = certificates.server() }) { address, server in
      let ann = try await RawClient.connect(address, user: "ann", tls: certificates.client())
      let plain = try await RawClient.open(address)
      var connect = ClientFrame.Connect()
      connect.user = "bob"
      await #expect(throws: (any Error).self) { _ = try await plain.request(.connect(connect)) }
      try await plain.waitUntilClosed()
      let garbage = try await RawClient.open(address)
      try? await garbage.send(bytes: Array(repeating: 0x16, count: 70_000))
      try await garbage.waitUntilClosed()
      _ = try await ann.publish("still here", to: "user:ann")
      #expect(try await eventually { await server.service?.statistics().sessions == 1 })
    }
  }

  @Test func `Who does not agree on encryption in time is closed and counted, on each listener`() async throws
  {
    try await withServer(configure: {
      $0.tls = certificates.server()
      $0.limits.handshakeTimeout = 300
      $0.web = WebConfiguration()
      $0.web?.port = 0
      $0.admin = AdminConfiguration(key: "0123456789abcdef0123")
      $0.admin?.port = 0
      $0.admin?.tls = certificates.server()
    }) { _, server in
      for (name, address) in server.addresses {
        let before = await server.service?.statistics().limitsHit["handshake_timeout"] ?? 0
        try await RawClient.open(address).waitUntilClosed()
        let after = await server.service?.statistics().limitsHit["handshake_timeout"]
        #expect(after == before + 1, "\(name)")
      }
    }
  }

  @Test func `The last frame arrives, and encryption ends as it should`() async throws {
    try await withServer(configure: { $0.tls = certificates.server() }) { address, _ in
      let client = try await RawClient.connect(address, user: "ann", tls: certificates.client())
      try await client.send(bytes: [3, 0xff, 0xff, 0xff])
      let last = try await client.frame { if case .error = $0.body { true } else { false } }
      guard case .error(let error) = last.body else { return }
      #expect(error.code == .malformedFrame)
      try await client.waitUntilClosed()
      // A connection that is cut would be an unclean shutdown.
      #expect(client.failures.isEmpty, "\(client.failures)")
    }
  }

  @Test func `A drain tells encrypted sessions to go`() async throws {
    try await withServer(configure: { $0.tls = certificates.server() }) { address, server in
      let client = try await RawClient.connect(address, user: "ann", tls: certificates.client())
      async let stopped: Void = server.stop()
      _ = try await client.frame { if case .goAway = $0.body { true } else { false } }
      try await client.waitUntilClosed()
      await stopped
      #expect(client.failures.isEmpty, "\(client.failures)")
    }
  }

  /// - Returns: what went wrong, as text.
  @discardableResult
  private func refuses(
    _ address: SocketAddress, _ tls: @autoclosure () throws -> NIOSSLContext,
    location: SourceLocation = #_sourceLocation
  ) async -> String {
    do {
      let client = try await RawClient.open(address, tls: tls())
      var connect = ClientFrame.Connect()
      connect.user = "mallory"
      do {
        _ = try await client.request(.connect(connect))
        Issue.record("the connection was opened", sourceLocation: location)
      } catch {
        try await client.waitUntilClosed()
      }
      return "\(client.failures)"
    } catch {
      return "\(error)"
    }
  }

  private func serves(_ address: SocketAddress, _ server: ChatServer) async throws {
    let client = try await RawClient.connect(address, user: "ann", tls: certificates.client())
    _ = try await client.publish("hello", to: "user:ann")
  }
}
