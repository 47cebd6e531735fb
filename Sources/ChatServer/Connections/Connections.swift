import ChatCore
import NIOConcurrencyHelpers
import NIOCore

/// Counts the connections of all loops.
final class Connections: Sendable {
  private let table: NIOLockedValueBox<ConnectionTable>
  private let failures = NIOLockedValueBox<[Listener: UInt64]>([:])
  /// Nil: it is not known how many descriptors there are.
  private let budget = NIOLockedValueBox<AcceptBudget?>(nil)
  private let wakers = NIOLockedValueBox<[Listener: @Sendable () -> Void]>([:])

  init(limits: ConnectionTable.Limits) {
    table = NIOLockedValueBox(ConnectionTable(limits: limits))
  }

  /// By the configuration of a broker.
  convenience init(_ limits: Limits) { self.init(limits: ConnectionTable.Limits(limits)) }

  /// Connections that come are counted by these; those that are open stay.
  func apply(_ limits: Limits) {
    table.withLockedValue { $0.limits = ConnectionTable.Limits(limits) }
  }

  /// From now on clients and operators get no more descriptors than are left besides those that are open now, and a
  /// reserve.
  ///
  /// - Parameter listeners: how many are about to be opened.
  func keepDescriptors(besides usage: ProcessUsage, listeners: Int) {
    guard let reserve = DescriptorReserve(besides: usage, listeners: listeners) else { return }
    table.withLockedValue { $0.descriptors = reserve.clients }
    budget.withLockedValue { $0 = AcceptBudget(clients: reserve.passingClients, all: reserve.all) }
  }

  /// What a client that is refused is told to wait, in milliseconds.
  var retryAfter: UInt64 { table.withLockedValue { $0.limits.retryAfter } }

  /// How often a limit was hit, by its name.
  var hits: [String: UInt64] {
    let hits = table.withLockedValue { $0.hits }
    return Dictionary(uniqueKeysWithValues: hits.map { ($0.key.rawValue, $0.value) })
  }

  // MARK: Before they are accepted

  /// How many connections a listener may accept before it asks again; 0: none until it is woken.
  func grant(to listener: Listener) -> Int {
    guard let grant = budget.withLockedValue({ $0?.grant(to: listener) }) else {
      return AcceptBudget.mostInARow
    }
    wake(grant.others)
    return grant.count
  }

  /// What a listener does when it should ask again; on any thread.
  func whenRoom(for listener: Listener, _ waker: (@Sendable () -> Void)?) {
    wakers.withLockedValue { $0[listener] = waker }
  }

  /// Counts the descriptor of a connection until it closes.
  func accepted(_ channel: any Channel, by listener: Listener) {
    guard budget.withLockedValue({ $0?.accepted(by: listener) }) != nil else { return }
    channel.closeFuture.whenComplete { [self] _ in
      wake(budget.withLockedValue { $0?.closed(by: listener) } ?? [])
    }
  }

  private func wake(_ listeners: [Listener]) {
    guard !listeners.isEmpty else { return }
    for waker in wakers.withLockedValue({ wakers in listeners.compactMap { wakers[$0] } }) { waker() }
  }

  // MARK: Once they are

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
