import NIOCore
import NIOPosix
import NIOSSL

/// What a client's connections are encrypted with.
struct ClientEncryption: Sendable {
  private let context: NIOSSLContext
  /// Nil: the certificate has to have the address.
  private let serverName: String?

  /// Reads the files on another thread than the loop's.
  static func load(
    _ settings: ChatClient.Configuration.TLS, host: String, on eventLoop: any EventLoop
  ) -> EventLoopFuture<ClientEncryption> {
    NIOThreadPool.singleton.runIfActive(eventLoop: eventLoop) {
      try ClientEncryption(settings, host: host)
    }
  }

  private init(_ settings: ChatClient.Configuration.TLS, host: String) throws(ChatClientError) {
    var tls = NIOSSL.TLSConfiguration.makeClientConfiguration()
    tls.minimumTLSVersion = .tlsv12
    // A broker that does not answer the end of encryption holds nobody up.
    tls.shutdownTimeout = .seconds(1)
    if let file = settings.caFile {
      tls.trustRoots = .certificates(try Self.certificates(file))
    }
    if let file = settings.certificateFile {
      tls.certificateChain = try Self.certificates(file).map { .certificate($0) }
      tls.privateKey = .privateKey(try Self.privateKey(settings.privateKeyFile ?? file))
    }
    do {
      context = try NIOSSLContext(configuration: tls)
    } catch {
      throw ChatClientError(
        .tlsFailed, "this client's certificate and key do not fit (\(error)): bring both of the same pair")
    }
    let name = settings.serverName ?? host
    // Names are sent to the broker, and addresses must not be.
    serverName = (try? SocketAddress(ipAddress: name, port: 0)) == nil ? name : nil
  }

  /// For one connection.
  ///
  /// - Throws: if the broker's name is none that a certificate can have.
  func handler() throws -> NIOSSLClientHandler {
    try NIOSSLClientHandler(context: context, serverHostname: serverName)
  }

  private static func certificates(_ file: String) throws(ChatClientError) -> [NIOSSLCertificate] {
    do {
      return try NIOSSLCertificate.fromPEMFile(file)
    } catch {
      throw unusable(file, error, "no certificate in PEM")
    }
  }

  private static func privateKey(_ file: String) throws(ChatClientError) -> NIOSSLPrivateKey {
    do {
      return try NIOSSLPrivateKey(file: file, format: .pem)
    } catch {
      throw unusable(file, error, "no private key in PEM, or one that is encrypted")
    }
  }

  private static func unusable(_ file: String, _ error: any Error, _ content: String) -> ChatClientError {
    let reason = (error as? IOError).map { "cannot be read (\($0.description))" } ?? "has \(content)"
    return ChatClientError(.tlsFailed, "\(file) \(reason): name another file")
  }
}

extension ChatClientError {
  /// Why a connection could not be encrypted; nil if that is not what went wrong.
  init?(encrypting error: any Error, _ configuration: ChatClient.Configuration) {
    guard configuration.tls != nil, Self.isOfTLS(error) else { return nil }
    let target = "\(configuration.host):\(configuration.port)"
    // The library has no codes for these, but its texts are those of BoringSSL.
    let reason = "\(error)"
    let meaning =
      if reason.contains("CERTIFICATE_VERIFY_FAILED") {
        "its certificate has expired, or is not signed by an authority that is trusted here; name the right one "
          + "with a CA file"
      } else if error as? NIOSSLExtraError == .failedToValidateHostname
        || error as? NIOSSLExtraError == .serverHostnameImpossibleToMatch
      {
        "its certificate is for another name; connect to the name that it has"
      } else if reason.contains("WRONG_VERSION_NUMBER") || reason.contains("EOF during handshake") {
        "nobody speaks TLS there, it seems; check the port, or connect without TLS"
      } else if reason.contains("ALERT_CERTIFICATE_REQUIRED") || reason.contains("ALERT_UNKNOWN_CA")
        || reason.contains("HANDSHAKE_FAILURE_ON_CLIENT_HELLO") || reason.contains("ALERT_HANDSHAKE_FAILURE")
      {
        "it asks for a certificate of this client's own, or refuses the one that it got"
      } else {
        "encryption failed"
      }
    self.init(.tlsFailed, "\(target) cannot be trusted: \(meaning) (\(Self.short(reason)))")
  }

  private static func isOfTLS(_ error: any Error) -> Bool {
    if let error = error as? NIOSSLError { return error != .uncleanShutdown }
    return error is BoringSSLError || error is NIOSSLExtraError
  }

  /// The library's texts name lines of its source.
  private static func short(_ reason: String) -> String {
    guard let start = reason.firstRange(of: "OPENSSL_internal:")?.upperBound else { return reason }
    return String(reason[start...].prefix { $0.isLetter || $0.isNumber || $0 == "_" })
  }
}
