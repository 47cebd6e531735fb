import NIOCore
import NIOSSL

/// A certificate with its key, read and checked; what new connections are encrypted with.
struct ServerCertificate: Sendable {
  /// How long a peer has to answer the end of encryption before the connection is cut.
  private static let shutdownTimeout = TimeAmount.seconds(1)

  let context: NIOSSLContext
  /// When the first certificate of the chain is no longer valid, in seconds since 1970.
  let expiry: Int64

  /// Reads the files; blocks while it does.
  ///
  /// - Parameter key: where the configuration has it, `tls` or `admin.tls`.
  /// - Throws: ``ServerError/Code/configuration``, if a file cannot be read or the key is not the certificate's.
  init(_ settings: ServerConfiguration.TLSConfiguration, key: String) throws(ServerError) {
    let chain = try Self.certificates(settings.certificateFile, "\(key).certificate_file")
    let privateKey = try Self.privateKey(settings.privateKeyFile, "\(key).private_key_file")
    var tls = NIOSSL.TLSConfiguration.makeServerConfiguration(
      certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(privateKey))
    tls.minimumTLSVersion = settings.minimumVersion == .v1_3 ? .tlsv13 : .tlsv12
    tls.shutdownTimeout = Self.shutdownTimeout
    if let file = settings.clientCAFile {
      tls.trustRoots = .certificates(try Self.certificates(file, "\(key).client_ca_file"))
      tls.certificateVerification = .noHostnameVerification
      tls.sendCANameList = true
    }
    do {
      context = try NIOSSLContext(configuration: tls)
    } catch NIOSSLError.failedToLoadPrivateKey {
      throw ServerError(
        .configuration,
        "\(key).private_key_file is \(settings.privateKeyFile): it is not the key of the first certificate in "
          + "\(settings.certificateFile); bring both of the same pair")
    } catch {
      throw ServerError(
        .configuration,
        "\(key).certificate_file is \(settings.certificateFile): it cannot be used (\(error)); bring a certificate "
          + "with its chain in PEM, the server's own first")
    }
    expiry = chain.first.map { Int64($0.notValidAfter) } ?? 0
  }

  private static func certificates(_ file: String, _ key: String) throws(ServerError) -> [NIOSSLCertificate] {
    do {
      return try NIOSSLCertificate.fromPEMFile(file)
    } catch {
      throw unusable(file, key, error, "has no certificate in PEM (BEGIN CERTIFICATE)")
    }
  }

  private static func privateKey(_ file: String, _ key: String) throws(ServerError) -> NIOSSLPrivateKey {
    do {
      return try NIOSSLPrivateKey(file: file, format: .pem)
    } catch {
      throw unusable(file, key, error, "has no private key in PEM (BEGIN PRIVATE KEY), or it is encrypted")
    }
  }

  private static func unusable(
    _ file: String, _ key: String, _ error: any Error, _ content: String
  ) -> ServerError {
    let reason = (error as? IOError).map { "cannot be read (\($0.description))" } ?? content
    return ServerError(
      .configuration, "\(key) is \(file): it \(reason); name a file that the broker may read")
  }
}
