import Testing

@testable import chat_broker

struct ClientTLSOptionsTests {
  private func resolve(
    _ arguments: [String], _ variables: [String: String] = [:]
  ) throws -> ClientOptions.Client {
    try ClientOptions.parse(["--user", "ann"] + arguments).resolve(Environment(variables))
  }

  private func failure(_ arguments: [String], _ variables: [String: String] = [:]) -> CommandFailure? {
    #expect(throws: CommandFailure.self) { try resolve(arguments, variables) }
  }

  @Test func `the connection is encrypted if somebody wants it`() throws {
    #expect(try resolve([]).tls == nil)
    #expect(try resolve(["--tls"]).tls?.caFile == nil)
    #expect(try resolve(["--tls", "--tls-ca", "a.pem"]).tls?.caFile == "a.pem")
    #expect(try resolve([], ["CHAT_TLS": "true", "CHAT_TLS_CA": "b.pem"]).tls?.caFile == "b.pem")
    #expect(try resolve(["--tls", "--tls-ca", "a.pem"], ["CHAT_TLS_CA": "b.pem"]).tls?.caFile == "a.pem")
  }

  @Test func `a file in the environment alone encrypts nothing, one that was asked for is not forgotten`()
    throws
  {
    #expect(try resolve([], ["CHAT_TLS_CA": "b.pem"]).tls == nil)
    #expect(try resolve([], ["CHAT_TLS": "false"]).tls == nil)
    #expect(failure(["--tls-ca", "a.pem"])?.status == .usage)
    #expect(failure([], ["CHAT_TLS": "perhaps"])?.status == .configuration)
  }

  @Test func `a client's certificate comes with its key`() throws {
    let both = try resolve(["--tls", "--client-certificate", "c.pem", "--client-key", "c.key"]).tls
    #expect(both?.certificateFile == "c.pem")
    #expect(both?.privateKeyFile == "c.key")
    #expect(failure(["--tls", "--client-certificate", "c.pem"])?.status == .usage)
    #expect(failure(["--tls"], ["CHAT_CLIENT_KEY": "c.key"])?.status == .configuration)
  }
}
