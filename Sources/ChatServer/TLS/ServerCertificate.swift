import NIOCore
import NIOSSL

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

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
          + "\(settings.certificateFile); bring both of the same pair",
        setting: "\(key).private_key_file")
    } catch {
      throw ServerError(
        .configuration,
        "\(key).certificate_file is \(settings.certificateFile): it cannot be used (\(error)); bring a certificate "
          + "with its chain in PEM, the server's own first",
        setting: "\(key).certificate_file")
    }
    expiry = chain.first.map { Int64($0.notValidAfter) } ?? 0
  }

  /// Everything that is wrong with the files, each looked at by itself; blocks while it reads them.
  static func problems(_ settings: ServerConfiguration.TLSConfiguration, key: String) -> [ServerError] {
    var problems: [ServerError] = []
    func check(_ read: () throws(ServerError) -> Void) {
      do throws(ServerError) { try read() } catch { problems.append(error) }
    }
    check { () throws(ServerError) in
      _ = try certificates(settings.certificateFile, "\(key).certificate_file")
    }
    check { () throws(ServerError) in _ = try privateKey(settings.privateKeyFile, "\(key).private_key_file") }
    if let file = settings.clientCAFile {
      check { () throws(ServerError) in _ = try certificates(file, "\(key).client_ca_file") }
    }
    // Whether they belong together can only be said of good ones.
    if problems.isEmpty { check { () throws(ServerError) in _ = try Self(settings, key: key) } }
    return problems
  }

  private static func certificates(_ file: String, _ key: String) throws(ServerError) -> [NIOSSLCertificate] {
    try checkReadable(file, key)
    do {
      return try NIOSSLCertificate.fromPEMFile(file)
    } catch {
      throw unusable(file, key, content(error, or: "has no certificate in PEM (BEGIN CERTIFICATE)"))
    }
  }

  private static func privateKey(_ file: String, _ key: String) throws(ServerError) -> NIOSSLPrivateKey {
    try checkReadable(file, key)
    do {
      return try NIOSSLPrivateKey(file: file, format: .pem)
    } catch {
      throw unusable(
        file, key, content(error, or: "has no private key in PEM (BEGIN PRIVATE KEY), or it is encrypted"))
    }
  }

  /// The library takes a file that is not there for one without a certificate.
  private static func checkReadable(_ file: String, _ key: String) throws(ServerError) {
    var status = stat()
    let isReadable = access(file, R_OK) == 0 && stat(file, &status) == 0
    guard isReadable, status.st_mode & S_IFMT != S_IFDIR else {
      throw unusable(file, key, unreadable(String(cString: strerror(isReadable ? EISDIR : errno))))
    }
  }

  private static func content(_ error: any Error, or content: String) -> String {
    (error as? IOError).map { unreadable($0.description) } ?? content
  }

  private static func unreadable(_ reason: String) -> String { "cannot be read (\(reason))" }

  private static func unusable(_ file: String, _ key: String, _ reason: String) -> ServerError {
    ServerError(
      .configuration, "\(key) is \(file): it \(reason); name a file that the broker may read", setting: key)
  }
}
