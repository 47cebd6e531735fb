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
      let failure = error as? ServerError
      throw SettingProblem(.unreadable, key: failure?.setting, failure?.message ?? "\(error)")
    }
  }
}
