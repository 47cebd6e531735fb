import Testing

@testable import chat_broker

struct ServeSettingsTests {
  private func settings(
    _ variables: [String: String] = [:], _ change: (inout ServeSettings.Flags) -> Void = { _ in }
  ) throws -> ServeSettings {
    var flags = ServeSettings.Flags()
    change(&flags)
    let all = ["HOME": "/home/a"].merging(variables) { $1 }
    return try ServeSettings(flags: flags, environment: Environment { all[$0] })
  }

  private func failure(
    _ variables: [String: String] = [:], _ change: (inout ServeSettings.Flags) -> Void = { _ in }
  ) -> CommandFailure? {
    #expect(throws: CommandFailure.self) { try settings(variables, change) }
  }

  @Test func `defaults are safe`() throws {
    let settings = try settings()
    #expect(settings.host == "127.0.0.1")
    #expect(settings.port == 7400)
    #expect(settings.data == "/home/a/.local/share/chat-broker")
    #expect(settings.loops == nil)
    #expect(settings.logLevel == nil)
    #expect(!settings.allowInsecureRemote)
  }

  @Test func `flags come before the environment`() throws {
    let variables = [
      "CHAT_HOST": "localhost", "CHAT_PORT": "1", "CHAT_DATA": "/e", "CHAT_LOOPS": "3",
      "CHAT_LOG_LEVEL": "ERROR",
    ]
    let fromEnvironment = try settings(variables)
    #expect(fromEnvironment.host == "localhost")
    #expect(fromEnvironment.port == 1)
    #expect(fromEnvironment.data == "/e")
    #expect(fromEnvironment.loops == 3)
    #expect(fromEnvironment.logLevel == .error)
    let fromFlags = try settings(variables) {
      $0.host = "::1"
      $0.port = "0"
      $0.data = "./d"
      $0.loops = "1024"
      $0.logLevel = "debug"
    }
    #expect(fromFlags.host == "::1")
    #expect(fromFlags.port == 0)
    #expect(fromFlags.data == "./d")
    #expect(fromFlags.loops == 1024)
    #expect(fromFlags.logLevel == .debug)
  }

  @Test func `the data directory follows XDG, and an empty variable is none`() throws {
    #expect(try settings(["XDG_DATA_HOME": "/x"]).data == "/x/chat-broker")
    #expect(try settings(["XDG_DATA_HOME": "x", "CHAT_DATA": ""]).data == "/home/a/.local/share/chat-broker")
    #expect(failure(["HOME": ""])?.status == .configuration)
  }

  @Test func `a wrong value is named with its source and what is allowed`() {
    #expect(
      failure { $0.port = "65536" }
        == CommandFailure(.usage, "port \"65536\" (from --port) is not allowed: use a number from 0 to 65535")
    )
    #expect(
      failure(["CHAT_LOOPS": "0"])
        == CommandFailure(
          .configuration,
          "loops \"0\" (from the environment variable CHAT_LOOPS) is not allowed: use a number from 1 to 1024"
        ))
    #expect(failure(["CHAT_LOG_LEVEL": "loud"])?.message.contains("trace, debug, info") == true)
    #expect(failure(["CHAT_ALLOW_INSECURE_REMOTE": "maybe"])?.message.hasSuffix("use true or false") == true)
    #expect(failure { $0.data = "" }?.status == .usage)
    #expect(failure { $0.host = "a b" }?.status == .usage)
  }

  @Test(arguments: ["0.0.0.0", "::", "192.168.1.1", "example.org", "127.example.org", "::ffff:127.0.0.1"])
  func `without authentication it stays on loopback unless told`(host: String) throws {
    let refused = failure(["CHAT_HOST": host])
    #expect(refused?.status == .configuration)
    #expect(refused?.message.contains("--allow-insecure-remote") == true)
    #expect(try settings(["CHAT_HOST": host, "CHAT_ALLOW_INSECURE_REMOTE": "true"]).host == host)
    #expect(try settings(["CHAT_HOST": host]) { $0.allowInsecureRemote = true }.host == host)
  }

  @Test(arguments: ["127.0.0.1", "127.9.9.9", "::1", "localhost", "LOCALHOST"])
  func `loopback needs no permission`(host: String) throws {
    #expect(try settings(["CHAT_HOST": host]).host == host)
  }
}
