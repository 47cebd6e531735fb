import ChatServer

/// The certificates of the listeners, as a part that takes new files of the same names.
struct CertificatesReload: Reloadable {
  let server: ChatServer

  func files(_ settings: Settings) -> [String] { settings.tls.files + settings.adminTLS.files }

  func prepare(_ settings: Settings) async throws(SettingProblem) -> AppliedChange? {
    guard !files(settings).isEmpty else { return nil }
    do {
      let prepared = try await server.prepareCertificates()
      return {
        prepared.use()
        return "certificates"
      }
    } catch {
      let reason = (error as? ServerError)?.message ?? "\(error)"
      throw SettingProblem(.unreadable, key: "tls.certificate_file", reason)
    }
  }
}
