import ChatCore
import NIOCore
import NIOSSL
import Testing

@testable import ChatServer

@Suite(.timeLimit(.minutes(3))) struct CertificateReloadTests {
  private let certificates: TestCertificates

  init() throws { certificates = try TestCertificates() }

  @Test func `Certificates change under load, and no session is dropped`() async throws {
    let rounds = 5
    let perRound: UInt64 = 60
    try await withServer(loops: 2, configure: { $0.tls = certificates.server() }) { address, server in
      let tls = try certificates.client()
      var subscribers: [RawClient] = []
      func subscribe(_ name: String) async throws -> RawClient {
        let client = try await RawClient.connect(address, user: name, tls: tls)
        client.countMessages()
        _ = try await client.subscribe(
          "broadcast:b", after: Position(conversation: "broadcast:b", sequence: 0))
        subscribers.append(client)
        return client
      }
      for number in 0..<10 { _ = try await subscribe("early\(number)") }
      let publisher = try await RawClient.connect(address, user: "publisher", tls: tls)
      let load = Task {
        for _ in 0..<UInt64(rounds) * perRound {
          _ = try await publisher.publish(String(repeating: "x", count: 500), to: "broadcast:b")
        }
      }
      for round in 0..<rounds {
        try await subscribers[0].waitForMessages(UInt64(round) * perRound + 1)
        try certificates.sign("server", serial: 100 + round)
        try await server.reloadCertificates()
        let new = try await subscribe("late\(round)")
        #expect(try await new.serverCertificate()?.serialNumber == [UInt8(100 + round)])
      }
      try await load.value
      for client in subscribers {
        try await client.waitForMessages(UInt64(rounds) * perRound)
        #expect(client.failures.isEmpty)
      }
      #expect(try await subscribers[0].serverCertificate()?.serialNumber == [1], "it keeps its own")
      #expect(await server.service?.statistics().sessions == 10 + rounds + 1)
    }
  }

  @Test(
    "A new certificate of no use leaves the old one, and says what is wrong",
    arguments: [
      "garbage", "missing", "missing key", "folder", "another key", "no authority", "missing authority",
      "garbage for admin",
    ])
  func broken(kind: String) async throws {
    try certificates.sign("admin", serial: 3)
    try await withServer(configure: {
      $0.tls = certificates.server(clientCA: true)
      $0.admin = AdminConfiguration(key: "0123456789abcdef0123")
      $0.admin?.port = 0
      $0.admin?.tls = .init(
        certificateFile: certificates.path("admin.pem"), privateKeyFile: certificates.path("admin.key"))
    }) { address, server in
      let tls = try certificates.client(certificate: "client")
      let before = try await RawClient.connect(address, user: "before", tls: tls)
      // A good one for clients, which must not come alone where another is broken.
      try certificates.sign("server", serial: 50)
      let missing = [
        "missing": ("tls.certificate_file", "server.pem"),
        "missing key": ("tls.private_key_file", "server.key"),
        "missing authority": ("tls.client_ca_file", "ca.pem"),
      ]
      let expected: String
      switch kind {
      case _ where missing[kind] != nil:
        let (key, file) = try #require(missing[kind])
        try certificates.remove(file)
        expected = "\(key) is \(certificates.path(file)): it cannot be read (No such file or directory)"
      case "garbage":
        try certificates.write(
          "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", to: "server.pem")
        expected = "tls.certificate_file is \(certificates.path("server.pem"))"
      case "folder":
        try certificates.replaceByFolder("server.pem")
        expected =
          "tls.certificate_file is \(certificates.path("server.pem")): it cannot be read (Is a directory)"
      case "another key":
        try certificates.replace("server.key", by: "client.key")
        expected = "it is not the key of the first certificate in \(certificates.path("server.pem"))"
      case "no authority":
        try certificates.write("", to: "ca.pem")
        expected = "tls.client_ca_file is \(certificates.path("ca.pem"))"
      default:
        try certificates.write("nothing", to: "admin.key")
        expected = "admin.tls.private_key_file is \(certificates.path("admin.key"))"
      }
      let error = await #expect(throws: ServerError.self) { try await server.reloadCertificates() }
      #expect(error?.code == .configuration)
      #expect(error?.message.contains(expected) == true, "\(error?.message ?? "")")
      let after = try await RawClient.connect(address, user: "after", tls: tls)
      #expect(try await after.serverCertificate()?.serialNumber == [1])
      _ = try await before.publish("still here", to: "user:after")
      #expect(try await after.message().body.bytes == Array("still here".utf8))
    }
  }

  @Test func `Each file of no use is found by itself, and a pair that is none when both are good`() throws {
    var configuration = ServerConfiguration()
    configuration.tls = certificates.server(clientCA: true)
    configuration.admin = AdminConfiguration(key: "0123456789abcdef0123")
    configuration.admin?.tls = certificates.server()
    #expect(ChatServer.checkCertificates(of: configuration).isEmpty)
    try certificates.replace("server.key", by: "client.key")
    #expect(
      ChatServer.checkCertificates(of: configuration).map(\.setting)
        == ["tls.private_key_file", "admin.tls.private_key_file"])
    try certificates.write("nothing", to: "server.pem")
    try certificates.remove("server.key")
    try certificates.remove("ca.pem")
    let all = ["tls.certificate_file", "tls.private_key_file", "tls.client_ca_file"]
    #expect(
      ChatServer.checkCertificates(of: configuration).map(\.setting)
        == all + ["admin.tls.certificate_file", "admin.tls.private_key_file"])
  }

  @Test func `A server does not start with a certificate of no use, and starts without TLS to reload`()
    async throws
  {
    let error = await #expect(throws: ServerError.self) {
      try await withServer(configure: {
        $0.tls = .init(
          certificateFile: certificates.path("server.pem"), privateKeyFile: certificates.path("client.key"))
      }) { _, _ in }
    }
    #expect(error?.code == .configuration)
    #expect(error?.message.contains("tls.private_key_file") == true)
    try await withServer { _, server in try await server.reloadCertificates() }
  }

  @Test func `The metric says when the certificate of each listener ends, also after a reload`() async throws
  {
    try certificates.sign("admin", serial: 3, days: 9)
    try await withServer(configure: {
      $0.tls = certificates.server()
      $0.web = WebConfiguration()
      $0.web?.port = 0
      $0.admin = AdminConfiguration(key: "0123456789abcdef0123")
      $0.admin?.port = 0
      $0.admin?.tls = .init(
        certificateFile: certificates.path("admin.pem"), privateKeyFile: certificates.path("admin.key"))
    }) { _, server in
      func metric(_ listener: String, _ file: String) throws -> String {
        "chat_tls_certificate_expiry_time_seconds{listener=\"\(listener)\"} \(try certificates.expiry(of: file))\n"
      }
      let service = try #require(server.service)
      let first = await service.metrics()
      #expect(first.contains(try metric("tcp", "server.pem")))
      #expect(first.contains(try metric("http", "server.pem")))
      #expect(first.contains(try metric("admin", "admin.pem")))
      try certificates.sign("server", serial: 4, days: 77)
      try await server.reloadCertificates()
      let second = await service.metrics()
      #expect(second.contains(try metric("tcp", "server.pem")))
      #expect(second.contains(try metric("admin", "admin.pem")))
      #expect(first != second)
    }
  }
}
