import ChatServer
import Testing

@testable import chat_broker

struct ConfigurationSourcesTests {
  private func load(
    _ arguments: [String] = [], _ variables: [String: String] = [:], home: String = "/home/a"
  ) throws -> LoadedConfiguration {
    let all = ["HOME": home].merging(variables) { $1 }
    return try SettingOptions.parse(arguments).sources(Environment(all)).load()
  }

  private func failure(_ arguments: [String] = [], _ variables: [String: String] = [:]) -> CommandFailure? {
    #expect(throws: ConfigurationError.self) { try load(arguments, variables) }?.failure
  }

  @Test func `defaults are safe`() throws {
    let settings = try load().settings
    #expect(settings.server.host == "127.0.0.1")
    #expect(settings.server.port == 7400)
    #expect(settings.httpPort == 7480)
    #expect(settings.adminPort == 7490)
    #expect(settings.adminKeySource == .dataDirectory)
    #expect(settings.data == "/home/a/.local/share/chat-broker")
    #expect(settings.loops == nil)
    #expect(settings.log.level == nil)
    #expect(!settings.allowInsecureRemote)
  }

  @Test func `flags come before the environment, that before the file, that before directories`() throws {
    let directory = try TemporaryDirectory()
    try directory.write("1", to: "d/limits.page_messages")
    try directory.write("11", to: "d/limits.flush_pieces")
    try directory.write("111", to: "d/limits.history_in_flight")
    try directory.write("1111", to: "d/limits.event_members")
    let file = try directory.write(
      "limits: {page_messages: 2, flush_pieces: 22, history_in_flight: 222}\n", to: "a.yaml")
    let loaded = try load(
      ["--config", file, "--config-directory", directory.path + "/d", "--limits-page-messages", "4"],
      ["CHAT_LIMITS_PAGE_MESSAGES": "3", "CHAT_LIMITS_FLUSH_PIECES": "33"])
    let limits = loaded.settings.server.limits
    #expect(limits.pageMessages == 4 && limits.flushPieces == 33)
    #expect(limits.historyInFlight == 222 && limits.eventMembers == 1111)
    #expect(
      ["page_messages", "flush_pieces", "history_in_flight", "event_members"].map {
        loaded.sources["limits." + $0]?.place
      } == [
        "--limits-page-messages", "CHAT_LIMITS_FLUSH_PIECES", "\(file):1",
        "\(directory.path)/d/limits.event_members",
      ])
    #expect(loaded.sources["port"] == nil)
  }

  @Test func `the variables name the file and the directories, and a later directory counts more`() throws {
    let directory = try TemporaryDirectory()
    let file = try directory.write("port: 5", to: "a.yaml")
    try directory.write("6", to: "one/loops")
    try directory.write("one", to: "one/node")
    try directory.write("two", to: "two/CHAT_NODE")
    let settings = try load(
      [],
      [
        "CHAT_CONFIG": file, "CHAT_CONFIG_DIRECTORY": "\(directory.path)/one,\(directory.path)/two",
      ]
    ).settings
    #expect(settings.server.port == 5)
    #expect(settings.loops == 6)
    #expect(settings.node == "two")
  }

  @Test func `flags and variables that there were before keep working`() throws {
    let variables = [
      "CHAT_HOST": "localhost", "CHAT_PORT": "1", "CHAT_DATA": "/e", "CHAT_LOOPS": "3",
      "CHAT_LOG_LEVEL": "ERROR",
      "CHAT_ALLOW_ORIGIN": "https://a.example,https://b.example", "CHAT_HTTP_PORT": "off",
      "CHAT_ADMIN_KEY": "0123456789abcdef", "CHAT_RETENTION_NONE": "broadcast:live/,broadcast:telemetry/",
    ]
    let one = try load([], variables).settings
    #expect(one.server.host == "localhost" && one.server.port == 1 && one.data == "/e" && one.loops == 3)
    #expect(one.log.level == .error && one.httpPort == nil)
    #expect(one.web.allowedOrigins == ["https://a.example", "https://b.example"])
    #expect(one.adminKeySource == .text("0123456789abcdef"))
    #expect(one.server.retention.none == ["broadcast:live/", "broadcast:telemetry/"])
    let two = try load(
      [
        "--host", "::1", "--port", "0", "--data", "./d", "--loops", "1024", "--log-level", "debug",
        "--allow-origin", "*", "--admin-key-file", "/k", "--retention-none", "broadcast:a",
        "--retention-none",
        "broadcast:b", "--admin-port", "off", "--node", "n",
      ], variables
    ).settings
    #expect(two.server.host == "::1" && two.server.port == 0 && two.data == "./d" && two.loops == 1024)
    #expect(two.log.level == .debug && two.adminPort == nil && two.node == "n")
    #expect(two.web.allowedOrigins == ["*"])
    #expect(two.adminKeySource == .file("/k"))
    #expect(two.server.retention.none == ["broadcast:a", "broadcast:b"])
  }

  @Test func `the data directory follows XDG, and an empty variable is none`() throws {
    #expect(try load([], ["XDG_DATA_HOME": "/x"]).settings.data == "/x/chat-broker")
    #expect(
      try load([], ["XDG_DATA_HOME": "x", "CHAT_DATA": ""]).settings.data
        == "/home/a/.local/share/chat-broker")
    #expect(failure([], ["HOME": ""])?.status == .configuration)
  }

  @Test func `a wrong value is named with its source and what is allowed`() throws {
    #expect(
      failure(["--port", "65536"])
        == CommandFailure(.usage, "port \"65536\" (from --port) is not allowed: use a number from 0 to 65535")
    )
    #expect(
      failure([], ["CHAT_LOOPS": "0"])
        == CommandFailure(
          .configuration,
          "loops \"0\" (from the environment variable CHAT_LOOPS) is not allowed: use a number from 1 to 1024"
        ))
    let directory = try TemporaryDirectory()
    let file = try directory.write("\n# a comment\nlimits:\n  body_bytes: much\n", to: "a.yaml")
    #expect(
      failure(["--config", file])
        == CommandFailure(
          .configuration,
          "limits.body_bytes \"much\" (from \(file):4) is not allowed: use a number from 1 to 16777216"))
    #expect(failure([], ["CHAT_LOG_LEVEL": "loud"])?.message.contains("trace, debug, info") == true)
    #expect(
      failure([], ["CHAT_ALLOW_INSECURE_REMOTE": "maybe"])?.message.hasSuffix("use true or false") == true)
    #expect(failure(["--data", ""])?.status == .usage)
    #expect(failure(["--host", "a b"])?.status == .usage)
    #expect(failure(["--retention-none", "group:a"])?.message.contains("--retention-none") == true)
  }

  @Test func `everything that is wrong is said at once`() throws {
    let directory = try TemporaryDirectory()
    let file = try directory.write("limits:\n  bodybytes: 1\nport: x\n", to: "a.yaml")
    try directory.write("1", to: "d/limit.body_bytes")
    let error = #expect(throws: ConfigurationError.self) {
      try load(["--config", file, "--config-directory", directory.path + "/d", "--prot", "1"])
    }
    #expect(error?.problems.map(\.code) == [.unknownKey, .unknownKey, .unknownKey, .notAllowed])
    #expect(
      error?.problems.map(\.description) == [
        "there is no option --prot: did you mean --port?",
        "there is no setting \"limits.bodybytes\" (from \(file):2): did you mean limits.body_bytes?",
        "there is no setting \"limit.body_bytes\" (from \(directory.path)/d/limit.body_bytes): "
          + "did you mean limits.body_bytes?",
        "port \"x\" (from \(file):3) is not allowed: use a number from 0 to 65535",
      ])
    #expect(error?.failure.status == .configuration)
  }

  @Test func `a file or a directory that is not there stops the start`() {
    let file = failure(["--config", "/nowhere/a.yaml"])
    #expect(file?.status == .configuration)
    #expect(file?.message.contains("/nowhere/a.yaml cannot be used: No such file") == true)
    #expect(
      failure([], ["CHAT_CONFIG_DIRECTORY": "/nowhere"])?.message.contains("/nowhere cannot be used") == true)
  }

  @Test func `a secret is neither taken from the command line nor repeated`() throws {
    let flag = failure(["--admin-key", "0123456789abcdef"])
    #expect(flag?.status == .usage)
    #expect(flag?.message.contains("CHAT_ADMIN_KEY") == true)
    let short = failure([], ["CHAT_ADMIN_KEY": "hunter2"])
    #expect(short?.message.contains("admin.key (from the environment variable CHAT_ADMIN_KEY)") == true)
    #expect(short?.message.contains("hunter2") == false)
    let settings = try load([], ["CHAT_ADMIN_KEY": "0123456789abcdef"]).settings
    #expect(SettingKeys.named["admin.key"]?.shown(settings) == "(secret)")
  }

  @Test func `a warning is not lost when something else is wrong`() {
    let error = #expect(throws: ConfigurationError.self) {
      try load([], ["CHAT_PROT": "1", "CHAT_LOOPS": "0"])
    }
    #expect(
      error?.warnings == ["the environment variable CHAT_PROT is no setting: did you mean CHAT_PORT?"])
    #expect(error?.problems.count == 1)
  }

  @Test(arguments: [
    ("CHAT_AUTH_JWKS_URL", "https://user:hunter2@issuer.example/keys"),
    ("CHAT_AUTH_JWKS_URL", "http://issuer.example/keys?key=hunter2"),
    ("CHAT_AUTH_JWKS_URL", "https://hunter2@issuer.example"), ("CHAT_AUTH_JWKS_URL", "hunter2"),
    ("CHAT_AUTH_JWKS_URL", "https:///hunter2"), ("CHAT_AUTH_JWKS_URL", "https://issuer.example:hunter2"),
    ("CHAT_TRACE_ENDPOINT", "http://user:hunter2@collector.example"), ("CHAT_TRACE_ENDPOINT", "hunter2"),
  ])
  func `a URL that is refused is not repeated, because it may hold a password`(variable: String, url: String)
  {
    let refused = failure([], [variable: url])
    #expect(refused?.status == .configuration)
    #expect(refused?.message.contains("hunter2") == false)
    #expect(refused?.message.contains("without user and password (no @)") == true)
  }

  @Test func `of a URL the query is not shown`() throws {
    let loaded = try load(
      [],
      [
        "CHAT_AUTH_JWKS_URL": "https://issuer.example:8443/keys?key=hunter2",
        "CHAT_TRACE_ENDPOINT": "http://[::1]:4318/v1/traces?key=hunter2",
      ])
    func shown(_ key: String) -> String? { SettingKeys.named[key]?.shown(loaded.settings) }
    #expect(shown("auth.jwks_url") == "https://issuer.example:8443/keys?(secret)")
    #expect(shown("trace.endpoint") == "http://[::1]:4318/v1/traces?(secret)")
    #expect(loaded.settings.authentication.keysURL == "https://issuer.example:8443/keys?key=hunter2")
    let fetcher = try JWKSFetcher("http://[::1]:1/keys?key=hunter2")
    #expect(fetcher.host == "::1" && fetcher.port == 1)
    #expect(try JWKSFetcher("https://issuer.example?x=@").port == nil)
  }

  @Test func `a variable that looks misspelt is a warning, and what Kubernetes adds is none`() throws {
    let variables = [
      "CHAT_PROT": "1", "CHAT_BROKER_PORT": "tcp://10.0.0.1:7400", "CHAT_IRC_LOG": "x", "CHAT_USER": "alice",
    ]
    #expect(
      try load([], variables).warnings
        == ["the environment variable CHAT_PROT is no setting: did you mean CHAT_PORT?"])
  }

  @Test func `limits that do not go together are refused`() {
    #expect(
      failure(["--limits-frame-bytes", "1000"])?.message
        == "limits.body_bytes is 65536, and limits.frame_bytes is 1000: a message has to fit into a frame; lower the "
        + "one or raise the other")
    #expect(
      failure(["--limits-page-bytes", "5000000"])?.message.contains("limits.server_frame_bytes") == true)
  }

  @Test(arguments: ["0.0.0.0", "::", "192.168.1.1", "example.org", "127.example.org", "::ffff:127.0.0.1"])
  func `without authentication it stays on loopback unless told`(host: String) throws {
    let refused = failure([], ["CHAT_HOST": host])
    #expect(refused?.status == .configuration)
    #expect(refused?.message.contains("--allow-insecure-remote") == true)
    let allowed = try load([], ["CHAT_HOST": host, "CHAT_ALLOW_INSECURE_REMOTE": "true"])
    #expect(allowed.settings.server.host == host)
    #expect(try load(["--allow-insecure-remote"], ["CHAT_HOST": host]).settings.server.host == host)
    #expect(failure(["--admin-host", host])?.message.contains("--admin-host 127.0.0.1") == true)
  }

  @Test(arguments: ["127.0.0.1", "127.9.9.9", "::1", "localhost", "LOCALHOST"])
  func `loopback needs no permission`(host: String) throws {
    #expect(try load([], ["CHAT_HOST": host]).settings.server.host == host)
  }
}
