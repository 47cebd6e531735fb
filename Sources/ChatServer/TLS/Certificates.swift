import NIOConcurrencyHelpers
import NIOSSL

/// The certificates of a server's listeners. New ones are for new connections; those that are open keep theirs.
final class Certificates: Sendable {
  /// What the files of a configuration hold.
  struct Contents: Sendable {
    fileprivate var clients: ServerCertificate?
    fileprivate var admin: ServerCertificate?
  }

  private let configuration: ServerConfiguration
  private let current: NIOLockedValueBox<Contents>

  /// Reads the files of a configuration; blocks while it does.
  ///
  /// - Throws: ``ServerError/Code/configuration``, with what is wrong with which file.
  init(_ configuration: ServerConfiguration) throws(ServerError) {
    self.configuration = configuration
    current = NIOLockedValueBox(try Self.read(configuration))
  }

  /// Everything that is wrong with the files of a configuration; blocks while it reads them.
  static func problems(_ configuration: ServerConfiguration) -> [ServerError] {
    (configuration.tls.map { ServerCertificate.problems($0, key: "tls") } ?? [])
      + (configuration.admin?.tls.map { ServerCertificate.problems($0, key: "admin.tls") } ?? [])
  }

  /// Reads the files again, and changes nothing yet; blocks while it does.
  ///
  /// - Throws: ``ServerError/Code/configuration``, with what is wrong with which file.
  func read() throws(ServerError) -> Contents { try Self.read(configuration) }

  /// New connections get these.
  func use(_ contents: Contents) { current.withLockedValue { $0 = contents } }

  private static func read(_ configuration: ServerConfiguration) throws(ServerError) -> Contents {
    var contents = Contents()
    if let settings = configuration.tls { contents.clients = try ServerCertificate(settings, key: "tls") }
    if let settings = configuration.admin?.tls {
      contents.admin = try ServerCertificate(settings, key: "admin.tls")
    }
    return contents
  }

  /// Whether connections of a listener are encrypted.
  func encrypts(_ listener: Listener) -> Bool { certificate(of: listener) != nil }

  /// What encrypts a new connection; nil: nothing does.
  func handler(for listener: Listener) -> NIOSSLServerHandler? {
    certificate(of: listener).map { NIOSSLServerHandler(context: $0.context) }
  }

  /// When the certificates of the listeners that are there end, in seconds since 1970.
  var expiries: [(listener: Listener, time: Int64)] {
    var listeners = [Listener.tcp]
    if configuration.web != nil { listeners.append(.http) }
    if configuration.admin != nil { listeners.append(.admin) }
    return listeners.compactMap { listener in certificate(of: listener).map { (listener, $0.expiry) } }
  }

  private func certificate(of listener: Listener) -> ServerCertificate? {
    current.withLockedValue { listener == .admin ? $0.admin : $0.clients }
  }
}
