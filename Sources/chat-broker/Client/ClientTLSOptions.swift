import ArgumentParser
import ChatClient

/// How a client command encrypts its connection.
struct ClientTLSOptions: ParsableArguments {
  @Flag(help: "Encrypt the connection, and verify the broker's certificate. Default: $CHAT_TLS, or not.")
  var tls = false

  @Option(
    help: ArgumentHelp(
      "With --tls: who may have signed the broker's certificate, in PEM. Default: $CHAT_TLS_CA, or whom the system trusts.",
      valueName: "file"),
    completion: .file())
  var tlsCA: String?

  @Option(
    help: ArgumentHelp(
      "With --tls: the certificate to show to a broker that asks for one, in PEM. Default: $CHAT_CLIENT_CERTIFICATE.",
      valueName: "file"),
    completion: .file())
  var clientCertificate: String?

  @Option(
    help: ArgumentHelp(
      "The private key of --client-certificate, in PEM. Default: $CHAT_CLIENT_KEY.", valueName: "file"),
    completion: .file())
  var clientKey: String?

  /// - Returns: nil if the connection is not to be encrypted.
  func resolve(_ environment: Environment) throws(CommandFailure) -> ChatClient.Configuration.TLS? {
    let ca = Given(tlsCA, flag: "--tls-ca", variables: ["CHAT_TLS_CA"], in: environment)
    let certificate = Given(
      clientCertificate, flag: "--client-certificate", variables: ["CHAT_CLIENT_CERTIFICATE"],
      in: environment)
    let key = Given(clientKey, flag: "--client-key", variables: ["CHAT_CLIENT_KEY"], in: environment)
    guard try isWanted(environment) else {
      for case let given? in [ca, certificate, key] where given.isFlag {
        throw CommandFailure(.usage, "\(given.source) was given, but not --tls: add it, or leave both out")
      }
      return nil
    }
    if let certificate, key == nil {
      throw certificate.failure(
        "client certificate", allowed: "it together with its key: --client-key FILE or CHAT_CLIENT_KEY")
    }
    if let key, certificate == nil {
      throw key.failure(
        "client key",
        allowed: "it together with its certificate: --client-certificate FILE or CHAT_CLIENT_CERTIFICATE")
    }
    var settings = ChatClient.Configuration.TLS(caFile: ca?.text)
    settings.certificateFile = certificate?.text
    settings.privateKeyFile = key?.text
    return settings
  }

  private func isWanted(_ environment: Environment) throws(CommandFailure) -> Bool {
    if tls { return true }
    guard let given = Given(nil, flag: "--tls", variables: ["CHAT_TLS"], in: environment) else {
      return false
    }
    let type = SettingType<Bool>.truth
    guard let isWanted = type.read([given.text]) else { throw given.failure("TLS", allowed: type.allowed) }
    return isWanted
  }
}
