import NIOCore

/// What counts as one client for the limit of connections: an IPv4 address, or the /64 of an IPv6 address, because
/// whoever has one address of it has them all.
struct ClientAddress: Hashable, Sendable {
  private enum Family: Hashable {
    case four
    case six
  }

  private let family: Family
  private let network: UInt64

  /// Nil for what has no IP address.
  init?(_ address: SocketAddress?) {
    switch address {
    case .v4(let four):
      self.init(four: UInt32(bigEndian: four.address.sin_addr.s_addr))
    case .v6(let six):
      let bytes = withUnsafeBytes(of: six.address.sin6_addr) { Array($0) }
      let isMapped = bytes.prefix(10).allSatisfy { $0 == 0 } && bytes[10..<12].allSatisfy { $0 == 0xff }
      if isMapped {
        self.init(four: bytes.suffix(4).reduce(0) { $0 << 8 | UInt32($1) })
      } else {
        self.init(family: .six, network: bytes.prefix(8).reduce(0) { $0 << 8 | UInt64($1) })
      }
    default: return nil
    }
  }

  private init(four: UInt32) {
    self.init(family: .four, network: UInt64(four))
  }

  private init(family: Family, network: UInt64) {
    self.family = family
    self.network = network
  }
}
