extension ServerConfiguration {
  /// How listeners encrypt. Files are PEM, read at the start and by ``ChatServer/reloadCertificates()``.
  public struct TLSConfiguration: Sendable, Hashable {
    /// A version of TLS; those before 1.2 are never spoken.
    public enum Version: String, Sendable, Hashable, CaseIterable {
      /// TLS 1.2.
      case v1_2 = "1.2"
      /// TLS 1.3.
      case v1_3 = "1.3"
    }

    /// The server's certificate, then those between it and a root that clients know.
    public var certificateFile: String
    /// The private key of the first certificate, not encrypted.
    public var privateKeyFile: String
    /// If set, clients have to show a certificate that one of these has signed.
    public var clientCAFile: String?
    /// The oldest version that is spoken.
    public var minimumVersion = Version.v1_2

    /// TLS 1.2 and 1.3, and clients need no certificate.
    public init(certificateFile: String, privateKeyFile: String, clientCAFile: String? = nil) {
      self.certificateFile = certificateFile
      self.privateKeyFile = privateKeyFile
      self.clientCAFile = clientCAFile
    }
  }
}
