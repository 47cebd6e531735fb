import ArgumentParser
import NIOSSL

/// How `health` encrypts its question, where the broker wants that.
struct HealthTLSOptions: ParsableArguments {
  @Flag(help: "Take any certificate. The connection may then be to anybody.")
  var insecure = false

  @Option(
    help: ArgumentHelp(
      "Who may have signed the broker's certificate, in PEM. Default: $CHAT_TLS_CA, or whom the system trusts.",
      valueName: "file"),
    completion: .file())
  var tlsCA: String?

  @Option(
    help: ArgumentHelp(
      "The certificate to show to a broker that asks for one, in PEM. Default: $CHAT_CLIENT_CERTIFICATE.",
      valueName: "file"),
    completion: .file())
  var clientCertificate: String?

  @Option(
    help: ArgumentHelp(
      "The private key of --client-certificate, in PEM. Default: $CHAT_CLIENT_KEY.", valueName: "file"),
    completion: .file())
  var clientKey: String?

  func validate() throws {
    if insecure, tlsCA != nil {
      throw ValidationError("--insecure takes any certificate: leave out --tls-ca")
    }
  }

  /// - Parameter isOwn: whether the address is this machine's own configuration's. Its certificate names whom clients
  ///   come to, which the loopback address is not.
  func configuration(isOwn: Bool, _ environment: Environment) throws(CommandFailure) -> TLSConfiguration {
    var configuration = TLSConfiguration.makeClientConfiguration()
    let ca = tlsCA ?? environment["CHAT_TLS_CA"]
    if let ca { configuration.trustRoots = .file(ca) }
    if insecure || isOwn {
      configuration.certificateVerification = !insecure && ca != nil ? .noHostnameVerification : .none
    }
    let certificate = clientCertificate ?? environment["CHAT_CLIENT_CERTIFICATE"]
    let key = clientKey ?? environment["CHAT_CLIENT_KEY"]
    guard let certificate, let key else {
      guard certificate == nil, key == nil else {
        throw CommandFailure(
          .usage,
          "a client certificate goes together with its key: --client-certificate FILE or CHAT_CLIENT_CERTIFICATE, and "
            + "--client-key FILE or CHAT_CLIENT_KEY")
      }
      return configuration
    }
    do {
      configuration.certificateChain = try NIOSSLCertificate.fromPEMFile(certificate).map { .certificate($0) }
      configuration.privateKey = .privateKey(try NIOSSLPrivateKey(file: key, format: .pem))
    } catch {
      throw CommandFailure(
        .inputOutput,
        "the client certificate \(TerminalText.escape(certificate)) or its key \(TerminalText.escape(key)) cannot be "
          + "used (\(error)): both have to be readable files in PEM")
    }
    return configuration
  }
}
