import Logging
import NIOPosix

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

extension ChatServer {
  /// Reads certificates, keys and clients' authorities again, from the files that the configuration names.
  ///
  /// New connections get what was read; those that are open keep what they have. If anything is wrong with one of the
  /// files, nothing changes. Without TLS there is nothing to do.
  ///
  /// - Throws: ``ServerError/Code/configuration`` with what is wrong, or ``ServerError/Code/state`` if the server does
  ///   not run.
  public func reloadCertificates() async throws {
    do {
      try await prepareCertificates().use()
    } catch {
      logger.error("certificates stay as they were", metadata: ["error": "\(error)"])
      throw error
    }
  }

  /// The first half of ``reloadCertificates()``: reads and checks the files, and changes nothing yet.
  ///
  /// - Throws: ``ServerError/Code/configuration`` with what is wrong, or ``ServerError/Code/state`` if the server does
  ///   not run.
  public func prepareCertificates() async throws -> PreparedCertificates {
    guard let certificates else {
      throw ServerError(.state, "this server does not run: certificates are read when it starts")
    }
    let contents = try await NIOThreadPool.singleton.runIfActive { try certificates.read() }
    return PreparedCertificates {
      certificates.use(contents)
      self.report(certificates, "certificates were read again")
    }
  }

  /// Reads and checks the files that a configuration names, as ``start()`` would; blocks while it does.
  ///
  /// - Returns: everything that is wrong, each ``ServerError/Code/configuration`` with its ``ServerError/setting``.
  public static func checkCertificates(of configuration: ServerConfiguration) -> [ServerError] {
    Certificates.problems(configuration)
  }

  /// Reads the files for the first time.
  func loadCertificates() async throws -> Certificates {
    let certificates = try await NIOThreadPool.singleton.runIfActive { [configuration] in
      try Certificates(configuration)
    }
    report(certificates, "certificates were read")
    return certificates
  }

  private func report(_ certificates: Certificates, _ message: Logger.Message) {
    for (listener, expiry) in certificates.expiries {
      let isOver = expiry <= Int64(time(nil))
      logger.log(
        level: isOver ? .error : .info, isOver ? "a certificate has expired: bring a new one" : message,
        metadata: ["listener": "\(listener.rawValue)", "expires_unix_s": "\(expiry)"])
    }
  }
}

/// Certificates that were read and checked, and that no connection has got yet.
public struct PreparedCertificates: Sendable {
  private let apply: @Sendable () -> Void

  init(_ apply: @escaping @Sendable () -> Void) { self.apply = apply }

  /// From now on new connections get them; those that are open keep what they have.
  public func use() { apply() }
}
