import Logging
import NIOCore

extension [String: Logger.MetadataValue] {
  /// With where a client connects from, if that is known.
  func adding(client address: SocketAddress?) -> Self {
    guard let ip = address?.ipAddress else { return self }
    var all = self
    all["client.address"] = .string(ip)
    all["client.port"] = address?.port.map { .stringConvertible($0) }
    return all
  }
}
