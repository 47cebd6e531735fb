import ChatCore
import ChatServer
import Logging

/// All keys, in the order in which they are listed.
enum SettingKeys {
  static let all: [SettingKey] =
    general + http + admin + tls + authentication + log + trace + drain + health + SettingKeys.limits

  /// By name.
  static let named = Dictionary(all.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })

  /// By option. Those of secrets are not there.
  static let byFlag = Dictionary(
    all.flatMap { key in key.flags.map { ($0, key) } }, uniquingKeysWith: { first, _ in first })

  /// By environment variable.
  static let byVariable = Dictionary(
    all.flatMap { key in key.variables.map { ($0, key) } }, uniquingKeysWith: { first, _ in first })

  private static let general: [SettingKey] = [
    SettingKey(
      "node", \.node,
      optional: .text("1 to 64 visible ASCII characters without /") {
        $0.utf8.count <= 64 && $0.utf8.allSatisfy { $0 > 32 && $0 < 127 && $0 != UInt8(ascii: "/") }
      },
      default: "the machine's host name", "What this node is called, for clients and operators."),
    SettingKey("host", \.server.host, .host, "The address that clients and browsers come to."),
    SettingKey("port", \.server.port, .number(0...65_535), "The TCP port; 0 takes any free one."),
    SettingKey(
      "data", \.data, optional: .directory,
      default: "$XDG_DATA_HOME/chat-broker or ~/.local/share/chat-broker", "The directory of the store."),
    SettingKey(
      "loops", \.loops, optional: .number(Settings.loopsAllowed), default: "one for each core",
      "Event loops, each with its own thread."),
    SettingKey(
      "retention.none", \.server.retention.none,
      .list("the beginning of a broadcast's name, such as broadcast:live/") {
        $0.hasPrefix(RetentionRules.allowedPrefix)
      },
      "Broadcasts whose names begin with one of these are not stored: delivered at most once, no history."),
    SettingKey(
      "allow_insecure_remote", \.allowInsecureRemote, .truth,
      "Listen where other machines can reach it, although there is no authentication."),
  ]

  private static let http: [SettingKey] = [
    SettingKey(
      "http.port", \.httpPort, .optionalPort,
      "The port of the chat page and WebSocket; 0 takes any free one, off: none."),
    SettingKey(
      "http.allow_origin", \.web.allowedOrigins,
      .list("an origin such as https://chat.example, without a path, or * for any", where: isOrigin),
      alias: "allow_origin",
      "Origins whose pages may connect, besides the broker's own; * for any."),
  ]

  private static let admin: [SettingKey] = [
    SettingKey("admin.host", \.adminHost, .host, "The address that operators come to."),
    SettingKey(
      "admin.port", \.adminPort, .optionalPort,
      "The port of the console and the HTTP API; 0 takes any free one, off: none."),
    SettingKey(
      "admin.key", \.adminKey,
      optional: .text(AdminKeySource.allowed) { AdminKey($0) != nil }, live: true, secret: true,
      "The key that opens the HTTP API."),
    SettingKey(
      "admin.key_file", \.adminKeyFile, optional: .path, live: true,
      default: "admin.key in the data directory, made with a random key",
      "The file with that key; goes before admin.key."),
  ]

  private static let tls: [SettingKey] = [
    certificate("tls.certificate_file", \.tls.certificateFile, of: "clients"),
    privateKey("tls.private_key_file", \.tls.privateKeyFile),
    authority("tls.client_ca_file", \.tls.clientCAFile, of: "clients"),
    SettingKey(
      "tls.minimum_version", \.tls.minimumVersion, .choice,
      "The oldest version of TLS that is spoken to clients."),
    certificate("admin.tls.certificate_file", \.adminTLS.certificateFile, of: "operators"),
    privateKey("admin.tls.private_key_file", \.adminTLS.privateKeyFile),
    authority("admin.tls.client_ca_file", \.adminTLS.clientCAFile, of: "operators"),
  ]

  private typealias FilePath = any WritableKeyPath<Settings, String?> & Sendable

  private static func certificate(_ name: String, _ path: FilePath, of whom: String) -> SettingKey {
    SettingKey(
      name, path, optional: .path, default: "no TLS",
      "The certificate for \(whom) and those between it and its root, in PEM; read again when it changes.")
  }

  private static func privateKey(_ name: String, _ path: FilePath) -> SettingKey {
    SettingKey(
      name, path, optional: .path, default: "no TLS",
      "The private key of that certificate, in PEM; read again when it changes.")
  }

  private static func authority(_ name: String, _ path: FilePath, of whom: String) -> SettingKey {
    SettingKey(
      name, path, optional: .path, default: "no certificate is asked for",
      "If set, \(whom) have to show a certificate that one of these, in PEM, has signed.")
  }

  private static let authentication: [SettingKey] = [
    SettingKey(
      "auth.secret", \.authentication.keys.secret,
      optional: .text(
        "\(VerificationKeys.fewestSecretBytes) or more bytes, such as those of `openssl rand -hex 32`"
      ) {
        $0.utf8.count >= VerificationKeys.fewestSecretBytes
      }, live: true, secret: true,
      "The secret that tokens are signed with (HS256)."),
    SettingKey(
      "auth.secret_file", \.authentication.keys.secretFile, optional: .path, live: true,
      default: "none", "A file with such a secret."),
    SettingKey(
      "auth.keys_file", \.authentication.keys.keysFile, optional: .path, live: true,
      default: "none",
      "A file with public keys of tokens: a JSON Web Key Set, or keys or certificates in PEM."),
    SettingKey(
      "auth.jwks_url", \.authentication.keysURL,
      optional: .url(JWKSFetcher.allowed) { (try? JWKSFetcher($0)) != nil },
      default: "none", "Where an issuer of tokens publishes its keys; fetched again every five minutes."),
    SettingKey(
      "auth.issuer", \.authentication.rules.issuer, optional: name,
      default: "any", "Tokens have to be of this issuer (claim iss)."),
    SettingKey(
      "auth.audience", \.authentication.rules.audience, optional: name,
      default: "tokens without an audience",
      "Tokens have to be for this audience (claim aud)."),
    SettingKey(
      "auth.clock_skew_ms", \.authentication.rules.clockSkew, .number(0...600_000), unit: "ms",
      "How far the clocks of those who make tokens may be off."),
  ]

  private static let name = SettingType<String>.text("a text of 1 to 256 bytes") { $0.utf8.count <= 256 }

  private static let log: [SettingKey] = [
    SettingKey(
      "log.level", \.log.level, optional: .choice, live: true,
      default: "info; on a terminal notice", "What is logged: this and what is more severe."),
    SettingKey("log.format", \.log.format, .choice, "How lines of the log look."),
  ]

  private static let trace: [SettingKey] = [
    SettingKey(
      "trace.endpoint", \.trace.endpoint, optional: .traceEndpoint, default: "nothing is traced",
      "The collector that spans of publishes are sent to, over OTLP and HTTP."),
    SettingKey(
      "trace.sample_ratio", \.trace.sampleRatio, .decimal(0...1),
      "The share of publishes that are traced, of those that bring no trace context."),
  ]

  private static let drain: [SettingKey] = [
    SettingKey(
      "drain.delay_ms", \.server.drain.delay, .number(0...day), unit: "ms",
      "When the broker stops, it says for this time that it is not ready before it takes no more sessions."),
    SettingKey(
      "drain.spread_ms", \.server.drain.spread, .number(0...day), unit: "ms",
      "When the broker stops, the reconnects of all sessions are spread over this time."),
    SettingKey(
      "drain.grace_ms", \.server.drain.grace, .number(0...day), unit: "ms",
      "When the broker stops, sessions that are still there after this time are closed."),
  ]

  private static let health: [SettingKey] = [
    SettingKey(
      "health.loop_delay_ms", \.server.health.loopDelay, .number(100...600_000), unit: "ms",
      "An event loop that has not answered for this long is wedged: it is logged, and /livez fails."),
    SettingKey(
      "health.loop_end_ms", \.server.health.loopEnd, .number(0...day), unit: "ms",
      "With a loop that has not answered for this long the process ends, to be started again; 0: never."),
    SettingKey(
      "health.store_delay_ms", \.server.health.storeDelay, .number(100...600_000), unit: "ms",
      "A store that has not answered for this long is not well."),
    SettingKey(
      "health.disk_free_bytes", \.server.health.diskFreeBytes, .number(0...1 << 50), unit: "bytes",
      "With less room than this where the data is, the node is not ready; 0: any room will do."),
    SettingKey(
      "health.memory_bytes", \.server.health.memoryBytes, .number(0...1 << 50), unit: "bytes",
      "With more resident memory the node gives back windows, then refuses sessions, then ends; 0: no budget."
    ),
    SettingKey(
      "health.memory_refuse_ms", \.server.health.memoryRefuse, .number(0...3_600_000), unit: "ms",
      "Over that budget for this long, the node refuses new sessions."),
    SettingKey(
      "health.memory_end_ms", \.server.health.memoryEnd, .number(0...3_600_000), unit: "ms",
      "Over that budget for this long, the node drains, and the process ends, to be started again."),
  ]

  static let day: UInt64 = 86_400_000

  private static func isOrigin(_ text: String) -> Bool {
    if text == "*" { return true }
    let host = ["https://", "http://"].first { text.hasPrefix($0) }.map { text.dropFirst($0.count) }
    guard let host else { return false }
    return !host.isEmpty && !host.contains("/") && !host.contains(" ")
  }
}
