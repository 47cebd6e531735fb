import AsyncHTTPClient
import NIOSSL

extension CommandFailure {
  /// Nobody has said how the broker is.
  ///
  /// - Parameters:
  ///   - url: what was asked.
  ///   - error: what went wrong.
  init(noAnswerFrom url: String, _ error: any Error) {
    // The library has no codes for these, but its texts are those of BoringSSL; they name lines of its source, too.
    let text = "\(error)"
    let reason = Self.reason(of: error, text)
    let advice =
      if text.contains("ALERT_CERTIFICATE_REQUIRED") || text.contains("ALERT_HANDSHAKE_FAILURE")
        || text.contains("HANDSHAKE_FAILURE_ON_CLIENT_HELLO") || text.contains("ALERT_UNKNOWN_CA")
      {
        "it asks for a certificate of yours, or refuses the one that it got: name one that its admin.tls.client_ca_file "
          + "has signed with --client-certificate and --client-key"
      } else if text.contains("CERTIFICATE_VERIFY_FAILED") {
        "its certificate has expired, or nobody that is trusted here has signed it: name who has with --tls-ca"
      } else if text.contains("WRONG_VERSION_NUMBER") || text.contains("EOF during handshake") {
        "nobody speaks TLS there, it seems: check the port, or ask with http://"
      } else if url.hasPrefix("http://"), Self.wasHungUp(error) {
        "it has hung up. If it has TLS, ask with https://"
      } else {
        "is the broker running, with an admin listener there? Name it with --url, or with --config as the broker got it"
      }
    self.init(.unhealthy, "no answer from \(TerminalText.escape(url)) (\(reason)): \(advice)")
  }

  private static func wasHungUp(_ error: any Error) -> Bool {
    (error as? HTTPClientError) == .remoteConnectionClosed
  }

  private static func reason(of error: any Error, _ text: String) -> String {
    guard error is NIOSSLError || error is NIOSSLExtraError || error is BoringSSLError else { return text }
    guard let start = text.firstRange(of: "OPENSSL_internal:")?.upperBound else { return text }
    return String(text[start...].prefix { $0.isLetter || $0.isNumber || $0 == "_" })
  }
}
