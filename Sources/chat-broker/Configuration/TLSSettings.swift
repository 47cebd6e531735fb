import ChatServer

/// How a listener encrypts; without files it does not.
struct TLSSettings: Sendable {
  var certificateFile: String?
  var privateKeyFile: String?
  var clientCAFile: String?
  var minimumVersion = ServerConfiguration.TLSConfiguration.Version.v1_2

  /// nil: there is no certificate, or no key for it.
  var configuration: ServerConfiguration.TLSConfiguration? {
    guard let certificateFile, let privateKeyFile else { return nil }
    var configuration = ServerConfiguration.TLSConfiguration(
      certificateFile: certificateFile, privateKeyFile: privateKeyFile, clientCAFile: clientCAFile)
    configuration.minimumVersion = minimumVersion
    return configuration
  }

  var files: [String] { [certificateFile, privateKeyFile, clientCAFile].compactMap { $0 } }

  /// What is set without what it needs.
  ///
  /// - Parameter prefix: `tls.` or `admin.tls.`
  func conflicts(_ prefix: String) -> [SettingProblem] {
    guard configuration == nil, !files.isEmpty else { return [] }
    let missing = prefix + (certificateFile == nil ? "certificate_file" : "private_key_file")
    return [
      SettingProblem(
        .conflict, key: missing,
        "\(missing) is not set, but other files of \(prefix.dropLast()) are: name both the certificate and its private "
          + "key, or none of them")
    ]
  }
}
