import Testing

@testable import benchmarks

@Suite struct VerifierTests {
  /// Checks deliveries of these indices on one connection; `change` may spoil a body before.
  private func check(
    _ indices: [UInt64], topic: Int32 = 2, change: (UInt64, inout [UInt8]) -> Void = { _, _ in }
  ) -> (verifier: Verifier, expected: UInt64) {
    let pattern = BodyPattern(bytes: 64)
    var verifier = Verifier(pattern: pattern)
    var connection = Connection()
    connection.topic = 2
    for index in indices {
      var body = [UInt8](repeating: 0, count: 64)
      body.withUnsafeMutableBufferPointer { bytes in
        if let start = bytes.baseAddress {
          pattern.write(index: index, topic: topic, scheduled: 1, to: start)
        }
      }
      change(index, &body)
      verifier.check(body, body.count, &connection)
    }
    return (verifier, connection.expected)
  }

  private func counts(_ verifier: Verifier) -> [UInt64] {
    [verifier.lost, verifier.duplicated, verifier.reordered, verifier.corrupt]
  }

  @Test func `deliveries in order are in order`() {
    let (verifier, expected) = check(Array(0..<5_000))
    #expect(counts(verifier) == [0, 0, 0, 0])
    #expect(expected == 5_000)
  }

  @Test func `notices lost deliveries`() {
    let (verifier, expected) = check([0, 1, 4, 5])
    #expect(counts(verifier) == [2, 0, 0, 0])
    #expect(expected == 6)
  }

  @Test func `notices a repeated delivery`() {
    let (verifier, expected) = check([0, 1, 1, 0, 2])
    #expect(counts(verifier) == [0, 2, 0, 0])
    #expect(expected == 3)
  }

  @Test func `tells a late delivery from a lost and from a repeated one`() {
    let (verifier, expected) = check([0, 2, 1, 1, 3])
    #expect(counts(verifier) == [0, 1, 1, 0])
    #expect(expected == 4)
  }

  @Test("notices each changed byte of the content", arguments: 16..<64)
  func corrupted(place: Int) {
    let (verifier, expected) = check([0, 1, 2]) { index, body in
      if index == 1 { body[place] ^= 1 }
    }
    #expect(counts(verifier) == [0, 0, 0, 1])
    #expect(expected == 3)
  }

  @Test func `notices a changed index`() {
    let (verifier, _) = check([0, 1, 2]) { index, body in
      if index == 1 { body[1] ^= 1 }
    }
    #expect(verifier.corrupt == 1)
  }

  @Test func `notices a shortened body`() {
    for count in [0, 8, 15, 16, 63] {
      let (verifier, expected) = check([0, 1]) { index, body in
        if index == 0 { body.removeLast(64 - count) }
      }
      #expect(counts(verifier) == [0, 0, 0, 1])
      #expect(expected == 2)
    }
  }

  @Test func `notices a delivery of another topic`() {
    #expect(check([0, 1], topic: 3).verifier.corrupt == 2)
  }
}
