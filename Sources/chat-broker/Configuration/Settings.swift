import ChatCore
import ChatServer
import Logging

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// What the broker was told: the value of every key, from whichever source.
///
/// A fresh one has the defaults. ``SettingKeys`` says how each value is written and what is allowed.
struct Settings: Sendable {
  static let loopsAllowed = 1...1024
  /// The cores of this machine.
  static var cores: Int { min(max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))), loopsAllowed.upperBound) }

  /// What the server is told as it stands. Its node, loops, web and admin are put in by
  /// ``serverConfiguration(adminKey:)``.
  var server = ServerConfiguration()
  /// What this node is called; nil: as the machine.
  var node: String?
  /// nil: one for each core.
  var loops: Int?
  /// Where browsers come, at the host of clients.
  var web = WebConfiguration()
  /// nil: there is no such listener.
  var httpPort: Int? = WebConfiguration().port
  /// Where operators come.
  var adminHost = AdminConfiguration(key: "").host
  /// nil: there is no such listener.
  var adminPort: Int? = AdminConfiguration(key: "").port
  /// The key itself.
  var adminKey: String?
  /// The file that it is in; goes before ``adminKey``.
  var adminKeyFile: String?
  /// The directory of the store; nil: ``DataDirectory/default(_:)``.
  var data: String?
  var allowInsecureRemote = false
  /// How the listeners of clients encrypt.
  var tls = TLSSettings()
  /// How the listener of operators does.
  var adminTLS = TLSSettings()
  var log = LogSettings()
  var trace = TraceSettings()
  var authentication = AuthenticationSettings()

  /// Where the admin key comes from.
  var adminKeySource: AdminKeySource {
    if let adminKeyFile { return .file(adminKeyFile) }
    return adminKey.map { .text($0) } ?? .dataDirectory
  }

  /// What the server is made with.
  ///
  /// - Parameter adminKey: finds the key; asked only if there is a listener for operators.
  func serverConfiguration(
    adminKey: () throws(CommandFailure) -> String
  ) throws(CommandFailure) -> ServerConfiguration {
    var configuration = server
    configuration.node = node ?? HostName.current
    configuration.version = Version.number
    configuration.loops = loops ?? Self.cores
    configuration.tls = tls.configuration
    if let httpPort {
      var web = web
      web.host = server.host
      web.port = httpPort
      configuration.web = web
    }
    if let adminPort {
      var admin = AdminConfiguration(key: try adminKey())
      admin.host = adminHost
      admin.port = adminPort
      admin.tls = adminTLS.configuration
      configuration.admin = admin
    }
    return configuration
  }

  /// What is wrong although each value alone is allowed.
  var conflicts: [SettingProblem] {
    remoteConflicts + limitConflicts + healthConflicts + tls.conflicts("tls.")
      + adminTLS.conflicts("admin.tls.")
  }

  private var remoteConflicts: [SettingProblem] {
    if allowInsecureRemote { return [] }
    let permission =
      "or --allow-insecure-remote (CHAT_ALLOW_INSECURE_REMOTE=true) if that network is trusted"
    var problems: [SettingProblem] = []
    if adminPort != nil, adminTLS.configuration == nil, !Loopback.contains(adminHost) {
      problems.append(
        SettingProblem(
          .conflict, key: "admin.host",
          "refusing to let operators in at \(TerminalText.escape(adminHost)), which other machines can reach: the "
            + "admin key would travel unencrypted; name a certificate (admin.tls.certificate_file), use --admin-host "
            + "127.0.0.1 behind a proxy with TLS, "
            + permission))
    }
    if !Loopback.contains(server.host), !authentication.isOn || tls.configuration == nil {
      let reason =
        authentication.isOn
        ? "tokens and messages would travel unencrypted; name a certificate (tls.certificate_file), use --host "
          + "127.0.0.1 behind a proxy with TLS, "
        : "there is no authentication, so anybody could read and write everything as any user; name keys of "
          + "tokens (auth.keys_file, for example), use --host 127.0.0.1, "
      problems.append(
        SettingProblem(
          .conflict, key: "host",
          "refusing to listen on \(TerminalText.escape(server.host)), which other machines can reach: \(reason)"
            + permission))
    }
    return problems
  }

  private var healthConflicts: [SettingProblem] {
    let health = server.health
    var problems: [SettingProblem] = []
    if health.loopEnd > 0, health.loopEnd < health.loopDelay {
      problems.append(
        SettingProblem(
          .conflict, key: "health.loop_end_ms",
          "health.loop_end_ms is \(health.loopEnd), and health.loop_delay_ms is \(health.loopDelay): a process ends "
            + "only for a loop that is found wedged; raise the one, or make it 0"))
    }
    if health.memoryEnd < health.memoryRefuse {
      problems.append(
        SettingProblem(
          .conflict, key: "health.memory_end_ms",
          "health.memory_end_ms is \(health.memoryEnd), and health.memory_refuse_ms is \(health.memoryRefuse): sessions "
            + "are refused before the process ends; raise the one or lower the other"))
    }
    return problems
  }

  private var limitConflicts: [SettingProblem] {
    let limits = server.limits
    let pairs = [
      (
        "limits.body_bytes", limits.bodyBytes, "limits.frame_bytes", limits.frameBytes,
        "a message has to fit into a frame"
      ),
      (
        "limits.frame_bytes", limits.frameBytes, "limits.decoding_bytes", limits.decodingBytes,
        "a frame has to fit into the memory that decoding it may take"
      ),
      (
        "limits.page_bytes + limits.frame_bytes", limits.pageBytes + limits.frameBytes,
        "limits.server_frame_bytes", limits.serverFrameBytes,
        "a page of history, which ends with the message that passes page_bytes, has to fit into a frame"
      ),
    ]
    return pairs.filter { $0.1 > $0.3 }.map { lower, low, upper, high, reason in
      SettingProblem(
        .conflict, key: upper,
        "\(lower) is \(low), and \(upper) is \(high): \(reason); lower the one or raise the other")
    }
  }
}
