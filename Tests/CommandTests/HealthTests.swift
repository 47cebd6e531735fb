import Testing

@testable import chat_broker

struct HealthTests {
  private func url(_ option: String? = nil, _ variables: [String: String] = [:]) throws -> String {
    let sources = try ConfigurationFiles.parse([]).sources(Environment(variables))
    return try HealthAddress.url(option: option, settings: sources.read().loaded.settings)
  }

  @Test func `a broker is looked for where its settings let it listen`() throws {
    #expect(try url() == "http://127.0.0.1:7490/health")
    #expect(try url(nil, ["CHAT_ADMIN_PORT": "7500"]) == "http://127.0.0.1:7500/health")
    #expect(try url(nil, ["CHAT_ADMIN_HOST": "0.0.0.0"]) == "http://127.0.0.1:7490/health")
    #expect(try url(nil, ["CHAT_ADMIN_HOST": "::"]) == "http://[::1]:7490/health")
    #expect(try url(nil, ["CHAT_ADMIN_HOST": "admin.example"]) == "http://admin.example:7490/health")
    let encrypted = ["CHAT_ADMIN_TLS_CERTIFICATE_FILE": "a.pem", "CHAT_ADMIN_TLS_PRIVATE_KEY_FILE": "a.key"]
    #expect(try url(nil, encrypted) == "https://127.0.0.1:7490/health")
    #expect(
      try url(nil, ["CHAT_LIMITS_BODY_BYTES": "many", "CHAT_ADMIN_PORT": "7500"])
        == "http://127.0.0.1:7500/health")
  }

  @Test func `an option says what to ask, and without a path all of it`() throws {
    #expect(try url("http://a:1", ["CHAT_ADMIN_PORT": "2"]) == "http://a:1/health")
    #expect(try url("https://a:1/readyz") == "https://a:1/readyz")
    #expect(try url("http://[::1]:1/livez") == "http://[::1]:1/livez")
    let odd = #expect(throws: CommandFailure.self) { try url("a:1") }
    #expect(odd?.status == .usage)
    for port in ["off", "0"] {
      let none = #expect(throws: CommandFailure.self) { try url(nil, ["CHAT_ADMIN_PORT": port]) }
      #expect(none?.status == .unhealthy)
    }
  }

  @Test func `an answer is shown part by part, and what is none is not`() throws {
    let json =
      #"{"checks":{"store":{"detail":"full \u001b[2J","passed":false,"status":"failing"},"#
      + #""loops":{"detail":"well","passed":true,"status":"ok"}},"status":"failing"}"#
    let text = try #require(HealthReport(json: json)).text
    #expect(text == "failing\n  loops  ok  well\n  store  failing  full \\u{1b}[2J")
    #expect(HealthReport(json: "<html>") == nil)
  }

  @Test func `only a report says that a broker is well`() throws {
    let well = HealthAnswer(status: 200, body: #"{"checks":{},"status":"degraded"}"#)
    #expect(well.isWell)
    #expect(try well.report(from: "http://a/health").status == "degraded")
    #expect(!HealthAnswer(status: 503, body: well.body).isWell)
    #expect(!HealthAnswer(status: 200, body: #"{"checks":{},"status":"failing"}"#).isWell)
    for body in ["", "<html>", "chat_sessions 0", "{}"] {
      let other = HealthAnswer(status: 200, body: body)
      #expect(!other.isWell)
      let failure = #expect(throws: CommandFailure.self) { try other.report(from: "http://a/metrics") }
      #expect(failure?.status == .unhealthy)
      #expect(failure?.message.contains("this is no health report") == true)
      #expect(failure?.message.contains("--url") == true)
    }
  }
}
