import NIOConcurrencyHelpers
import Testing

@testable import ChatServer

@Suite(.timeLimit(.minutes(1))) struct CallGateTests {
  @Test func `A gate that is shut lets nobody in, and waits for those inside`() async throws {
    let gate = CallGate()
    #expect(gate.enter())
    #expect(gate.enter())
    let isShut = NIOLockedValueBox(false)
    let shutting = Task {
      await gate.shut()
      isShut.withLockedValue { $0 = true }
    }
    while gate.enter() {
      gate.leave()
      try await Task.sleep(for: .milliseconds(1))
    }
    gate.leave()
    try await Task.sleep(for: .milliseconds(20))
    #expect(!isShut.withLockedValue { $0 })
    gate.leave()
    await shutting.value
    #expect(!gate.enter())
  }

  @Test func `A gate with nobody inside is shut at once`() async {
    let gate = CallGate()
    #expect(gate.enter())
    gate.leave()
    await gate.shut()
    #expect(!gate.enter())
  }

  @Test func `Who shuts the gate need not wait for ever`() async throws {
    let gate = CallGate()
    #expect(gate.enter())
    try await within {
      async let shut: Void = gate.shut()
      while gate.enter() {
        gate.leave()
        await Task.yield()
      }
      gate.giveUp()
      await shut
    }
    gate.leave()
  }
}
