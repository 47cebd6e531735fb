import ChatCore
import NIOConcurrencyHelpers
import NIOCore

/// Counts the connections of all loops.
final class Connections: Sendable {
  private let table: NIOLockedValueBox<ConnectionTable>
  private let failures = NIOLockedValueBox<[Listener: UInt64]>([:])

  init(limits: ConnectionTable.Limits) {
    table = NIOLockedValueBox(ConnectionTable(limits: limits))
  }

  /// By the configuration of a broker.
  convenience init(_ limits: Limits) { self.init(limits: ConnectionTable.Limits(limits)) }

  /// Connections that come are counted by these; those that are open stay.
  func apply(_ limits: Limits) {
    table.withLockedValue { $0.limits = ConnectionTable.Limits(limits) }
  }

  /// From now on clients get no more descriptors than are left besides those that are open now, and a reserve.
  ///
  /// - Parameter listeners: how many are about to be opened.
  func keepDescriptors(besides usage: ProcessUsage, listeners: Int) {
    let most = DescriptorReserve.connections(besides: usage).map { max(0, $0 - listeners) }
    table.withLockedValue { $0.descriptors = most }
  }

  /// What a client that is refused is told to wait, in milliseconds.
  var retryAfter: UInt64 { table.withLockedValue { $0.limits.retryAfter } }

  /// How often a limit was hit, by its name.
  var hits: [String: UInt64] {
    let hits = table.withLockedValue { $0.hits }
    return Dictionary(uniqueKeysWithValues: hits.map { ($0.key.rawValue, $0.value) })
  }

  /// Counts a new connection until it closes. Must be called on its loop.
  ///
  /// - Returns: nil if it is to be closed at once.
  func enter(_ listener: Listener, _ channel: any Channel) -> ConnectionPlace? {
    let address = ClientAddress(channel.remoteAddress)
    let place: ConnectionPlace
    switch table.withLockedValue({ $0.enter(listener, from: address) }) {
    case .dropped: return nil
    case .admitted(let counted): place = ConnectionPlace(counted, refusal: nil, in: self)
    case .refused(let counted, let limit): place = ConnectionPlace(counted, refusal: limit, in: self)
    }
    channel.closeFuture.assumeIsolated().whenComplete { _ in place.leave() }
    return place
  }

  /// How many connections of a listener failed to agree on their encryption.
  func handshakeFailures(_ listener: Listener) -> UInt64 { failures.withLockedValue { $0[listener] ?? 0 } }

  func countHandshakeFailure(_ listener: Listener) {
    failures.withLockedValue { $0[listener, default: 0] &+= 1 }
  }

  func hit(_ limit: ConnectionLimit) { table.withLockedValue { $0.hit(limit) } }

  func becomeWebSocket(_ place: inout ConnectionTable.Place) {
    table.withLockedValue { $0.becomeWebSocket(&place) }
  }

  func leave(_ place: ConnectionTable.Place) { table.withLockedValue { $0.leave(place) } }
}
