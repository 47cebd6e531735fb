extension ChatClient.Configuration {
  /// How a client encrypts its connection. The broker's certificate is always verified: who signed it, until when, and
  /// for which name.
  public struct TLS: Sendable, Hashable {
    /// A file in PEM with the authorities that may have signed the broker's certificate; nil: those that the system
    /// trusts.
    public var caFile: String?
    /// The name that the certificate must have; nil: ``ChatClient/Configuration/host``.
    public var serverName: String?
    /// A file in PEM with this client's own certificate, for brokers that ask for one; then with its chain.
    public var certificateFile: String?
    /// A file in PEM with the private key of ``certificateFile``, not encrypted.
    public var privateKeyFile: String?

    /// The authorities that the system trusts, and no certificate of the client's own.
    public init(caFile: String? = nil) { self.caFile = caFile }
  }
}
