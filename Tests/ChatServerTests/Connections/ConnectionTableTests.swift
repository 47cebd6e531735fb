import NIOCore
import Testing

@testable import ChatServer

@Suite struct ConnectionTableTests {
  private func address(_ text: String) throws -> ClientAddress {
    try #require(ClientAddress(SocketAddress(ipAddress: text, port: 7)))
  }

  private func table(_ change: (inout ConnectionTable.Limits) -> Void) -> ConnectionTable {
    var limits = ConnectionTable.Limits()
    change(&limits)
    return ConnectionTable(limits: limits)
  }

  /// - Returns: its place, if it is welcome.
  private func admit(
    _ table: inout ConnectionTable, _ listener: Listener, _ address: ClientAddress? = nil
  ) -> ConnectionTable.Place? {
    if case .admitted(let place) = table.enter(listener, from: address) { place } else { nil }
  }

  private func refusal(
    _ table: inout ConnectionTable, _ listener: Listener, _ address: ClientAddress? = nil
  ) -> ConnectionLimit? {
    if case .refused(_, let limit) = table.enter(listener, from: address) { limit } else { nil }
  }

  @Test func `Without limits everybody is welcome, and no address is kept`() throws {
    var table = table { _ in }
    let one = try address("192.0.2.1")
    for _ in 0..<1_000 { #expect(admit(&table, .tcp, one) != nil) }
    #expect(table.hits.isEmpty)
  }

  @Test func `Those of clients count together over all their listeners, and operators apart`() throws {
    var table = table {
      $0.connections = 2
      $0.admin = 1
    }
    let tcp = try #require(admit(&table, .tcp))
    #expect(admit(&table, .http) != nil)
    #expect(refusal(&table, .tcp) == .connections)
    #expect(refusal(&table, .http) == .connections)
    #expect(admit(&table, .admin) != nil)
    #expect(refusal(&table, .admin) == .adminConnections)
    table.leave(tcp)
    #expect(admit(&table, .http) != nil)
    #expect(table.hits == [.connections: 2, .adminConnections: 1])
  }

  @Test func `Clients leave descriptors for operators, and few are told why`() throws {
    var table = table { _ in }
    table.descriptors = 2
    let first = try #require(admit(&table, .tcp))
    #expect(admit(&table, .http) != nil)
    let refused = (0..<4).map { _ in table.enter(.tcp, from: nil) }
    for outcome in refused {
      guard case .refused(_, .descriptors) = outcome else { return #expect(Bool(false), "\(outcome)") }
    }
    #expect(table.enter(.http, from: nil) == .dropped)
    for _ in 0..<10 { #expect(admit(&table, .admin) != nil) }
    #expect(table.hits == [.descriptors: 5])
    // Whoever is told has a descriptor, too.
    table.leave(first)
    #expect(admit(&table, .tcp) == nil)
    for case .refused(let place, _) in refused { table.leave(place) }
    #expect(admit(&table, .tcp) != nil)
  }

  @Test func `A WebSocket makes room for HTTP, and still counts as a connection`() throws {
    var table = table {
      $0.http = 1
      $0.connections = 2
    }
    var first = try #require(admit(&table, .http))
    #expect(refusal(&table, .http) == .httpConnections)
    table.becomeWebSocket(&first)
    #expect(admit(&table, .http) != nil)
    #expect(refusal(&table, .tcp) == .connections)
    table.leave(first)
    #expect(table.count(.webSocket) == 0)
    #expect(admit(&table, .tcp) != nil)
  }

  @Test func `One address has its limit, others are not affected, and who leaves makes room`() throws {
    var table = table { $0.connectionsPerAddress = 2 }
    let (one, other) = (try address("192.0.2.1"), try address("192.0.2.2"))
    let first = try #require(admit(&table, .tcp, one))
    #expect(admit(&table, .http, one) != nil)
    #expect(refusal(&table, .tcp, one) == .connectionsPerAddress)
    #expect(admit(&table, .tcp, other) != nil)
    #expect(admit(&table, .admin, one) != nil)
    table.leave(first)
    #expect(admit(&table, .tcp, one) != nil)
    #expect(refusal(&table, .tcp, one) == .connectionsPerAddress)
  }

  @Test func `Connections that are being refused are bounded, and further ones are closed without a word`() {
    var table = table {
      $0.connections = 1
      $0.refused = 1
    }
    #expect(admit(&table, .tcp) != nil)
    guard case .refused(let place, .connections) = table.enter(.tcp, from: nil) else {
      Issue.record("not refused")
      return
    }
    #expect(table.enter(.http, from: nil) == .dropped)
    table.leave(place)
    #expect(refusal(&table, .http) == .connections)
    #expect(table.hits == [.connections: 3])
  }

  @Test func `An IPv6 client is its network of 64 bits, an IPv4 client its address, however it is written`()
    throws
  {
    #expect(try address("2001:db8:1:2::1") == address("2001:db8:1:2:ffff:ffff:ffff:ffff"))
    #expect(try address("2001:db8:1:2::1") != address("2001:db8:1:3::1"))
    #expect(try address("192.0.2.1") == address("::ffff:192.0.2.1"))
    #expect(try address("192.0.2.1") != address("192.0.2.2"))
    #expect(try address("0.0.0.1") != address("::1"))
    #expect(ClientAddress(try SocketAddress(unixDomainSocketPath: "/tmp/a")) == nil)
    #expect(ClientAddress(nil) == nil)
  }
}
