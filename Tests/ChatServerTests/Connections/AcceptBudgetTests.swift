import Testing

@testable import ChatServer

@Suite struct AcceptBudgetTests {
  @Test func `A listener may accept many in a row while there is plenty, and at the end one by one`() {
    var budget = AcceptBudget(clients: 1_000, all: 1_010)
    var grants: [Int] = []
    var total = 0
    while total < 2_000 {
      let count = budget.grant(to: .tcp).count
      if count == 0 { break }
      grants.append(count)
      for _ in 0..<count { budget.accepted(by: .tcp) }
      total += count
    }
    #expect(total == 1_000)
    #expect(grants.first == AcceptBudget.mostInARow)
    #expect(grants.suffix(AcceptBudget.plenty / 2).allSatisfy { $0 == 1 })
  }

  @Test func `Clients leave some for operators, and operators take no more than there are`() {
    var budget = AcceptBudget(clients: 2, all: 5)
    #expect(accepted(by: [.tcp, .http], &budget) == 2)
    #expect(accepted(by: [.admin], &budget) == 3)
  }

  @Test func `What operators have taken clients do not get`() {
    var budget = AcceptBudget(clients: 2, all: 5)
    #expect(accepted(by: [.admin], &budget) == 5)
    #expect(accepted(by: [.http, .tcp], &budget) == 0)
  }

  @Test func `A listener that got none is told when a connection has ended`() {
    var budget = AcceptBudget(clients: 1, all: 2)
    #expect(accepted(by: [.tcp], &budget) == 1)
    #expect(budget.grant(to: .http).count == 0)
    #expect(Set(budget.closed(by: .tcp)) == [.tcp, .http])
    #expect(budget.closed(by: .tcp).isEmpty, "it has been told")
    #expect(budget.grant(to: .http).count == 1)
  }

  @Test func `What idle listeners hold near the end is asked back for those that need it`() {
    var budget = AcceptBudget(clients: AcceptBudget.plenty, all: AcceptBudget.plenty)
    #expect(budget.grant(to: .http).count == AcceptBudget.mostInARow)
    let grant = budget.grant(to: .tcp)
    #expect(grant == AcceptBudget.Grant(count: 1, others: [.http]))
    #expect(budget.grant(to: .http).count == 1)
    #expect(accepted(by: [.tcp], &budget) == AcceptBudget.plenty - 1, "one is left for the other")
  }

  @Test func `A listener that gives back wakes one that got none`() {
    var budget = AcceptBudget(clients: AcceptBudget.plenty, all: AcceptBudget.plenty)
    #expect(budget.grant(to: .http).count == AcceptBudget.mostInARow)
    let others = AcceptBudget.plenty - AcceptBudget.mostInARow
    #expect(accepted(by: [.tcp], &budget) == others)
    #expect(budget.grant(to: .tcp) == AcceptBudget.Grant(count: 0, others: [.http]))
    #expect(budget.grant(to: .http) == AcceptBudget.Grant(count: 1, others: [.tcp]))
  }

  @Test(arguments: 0..<20)
  func `Whoever comes and goes, never are more accepted than there may be`(seed: UInt64) {
    // Knuth's linear congruential generator, of which the high bits are the good ones.
    var state = seed
    func random(below bound: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33) % bound
    }
    let limits = (clients: random(below: 400), all: random(below: 400))
    var budget = AcceptBudget(clients: limits.clients, all: limits.all)
    let listeners: [Listener] = [.tcp, .http, .admin]
    var granted: [Listener: Int] = [:]
    var open: [Listener: Int] = [:]
    for _ in 0..<5_000 {
      let listener = listeners[random(below: listeners.count)]
      switch random(below: 8) {
      case 0: granted[listener] = budget.grant(to: listener).count
      case 1 where open[listener, default: 0] > 0:
        open[listener, default: 0] -= 1
        _ = budget.closed(by: listener)
      case 2... where granted[listener, default: 0] > 0:
        granted[listener, default: 0] -= 1
        open[listener, default: 0] += 1
        budget.accepted(by: listener)
      default: break
      }
      #expect(open.values.reduce(0, +) <= limits.all)
      #expect(open[.tcp, default: 0] + open[.http, default: 0] <= limits.clients)
    }
  }

  /// How many listeners accept, one after the other, until none gets any more.
  private func accepted(by listeners: [Listener], _ budget: inout AcceptBudget) -> Int {
    var total = 0
    for listener in listeners {
      while case let count = budget.grant(to: listener).count, count > 0 {
        for _ in 0..<count { budget.accepted(by: listener) }
        total += count
      }
    }
    return total
  }
}
