import Testing

@testable import crash_check

/// A checker that never saw a fault proves nothing: here each fault is made on purpose.
@Suite struct BrokenStoreTests {
  @Test(arguments: 1...UInt64(50))
  func `Finds nothing in a store that keeps its promises`(seed: UInt64) throws {
    #expect(try StoreRun.violations(fault: nil, seed: seed) == [])
  }

  @Test(arguments: 1...UInt64(10))
  func `Finds that a crash took acknowledged messages with it`(seed: UInt64) throws {
    let found = try StoreRun.violations(fault: .forgetsOnCrash, seed: seed)
    #expect(found.contains { if case .lost = $0 { true } else { false } })
  }

  @Test(arguments: 1...UInt64(10))
  func `Finds acknowledgements that came before the commit`(seed: UInt64) throws {
    let found = try StoreRun.violations(fault: .answersBeforeCommit, seed: seed)
    #expect(found.contains { if case .lost = $0 { true } else { false } })
  }

  @Test(arguments: 1...UInt64(10))
  func `Finds retries that were stored twice`(seed: UInt64) throws {
    let found = try StoreRun.violations(fault: .storesRetriesTwice, seed: seed)
    #expect(found.contains { if case .storedTwice = $0 { true } else { false } })
  }

  @Test(arguments: 1...UInt64(10))
  func `Finds sequences that were left out`(seed: UInt64) throws {
    let found = try StoreRun.violations(fault: .skipsSequences, seed: seed)
    #expect(found.contains { if case .hole = $0 { true } else { false } })
    #expect(found.contains { if case .skipped = $0 { true } else { false } })
  }

  @Test(arguments: 1...UInt64(10))
  func `Finds messages that changed places`(seed: UInt64) throws {
    let found = try StoreRun.violations(fault: .swapsOrder, seed: seed)
    #expect(found.contains { if case .moved = $0 { true } else { false } })
  }
}
