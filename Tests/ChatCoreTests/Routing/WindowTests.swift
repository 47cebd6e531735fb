import Testing

@testable import ChatCore

@Suite struct WindowTests {
  /// A segment whose messages are all 10 bytes.
  private func segment(_ first: UInt64, count: Int = 1) -> Segment {
    var buffer = FrameBuffer()
    for index in 0..<count {
      buffer.append(count: 10) { $0.initializeMemory(as: UInt8.self, repeating: UInt8(index)) }
    }
    return Segment(
      buffer.readable, firstSequence: first, ends: ShortList((1...count).map { $0 * 10 }))
  }

  @Test("Every sequence is found in the segment that holds it, and none outside")
  func lookup() {
    var window = Window(lastSequence: 4)
    for (first, count) in [(UInt64(5), 1), (6, 3), (9, 2), (11, 5)] {
      window.append(segment(first, count: count))
    }
    #expect(window.firstSequence == 5)
    #expect(window.lastSequence == 15)
    for sequence in UInt64(5)...15 {
      let found = window.segment(holding: sequence)
      #expect(found.map { $0.firstSequence <= sequence && sequence <= $0.lastSequence } == true)
    }
    #expect(window.segment(holding: 4) == nil)
    #expect(window.segment(holding: 16) == nil)
  }

  @Test("A repeat is ignored; a jump empties the window but keeps the new end")
  func repeatsAndJumps() {
    var window = Window(lastSequence: 0)
    window.append(segment(1, count: 3))
    window.append(segment(2, count: 2))
    #expect(window.byteCount == 30)
    window.append(segment(7))
    #expect(window.firstSequence == 7)
    #expect(window.lastSequence == 7)
    #expect(window.byteCount == 10)
    window.skip(to: 9)
    #expect(window.firstSequence == 10)
    #expect(window.segment(holding: 9) == nil)
    window.skip(to: 3)
    #expect(window.lastSequence == 9)
  }

  @Test("Trimming drops the oldest segments, and never the newest")
  func trimming() {
    var window = Window(lastSequence: 0)
    for sequence in UInt64(1)...10 { window.append(segment(sequence)) }
    window.trim(to: 35)
    #expect(window.firstSequence == 8)
    #expect(window.byteCount == 30)
    window.trim(to: 0)
    #expect(window.firstSequence == 10)
    #expect(window.lastSequence == 10)
  }

  @Test("Offsets and sequences of a segment agree at every byte")
  func offsets() {
    let segment = segment(21, count: 4)
    #expect(segment.lastSequence == 24)
    for offset in 0..<40 {
      let sequence = segment.sequence(at: offset)
      #expect(segment.offset(of: sequence) <= offset)
      #expect(segment.offset(of: sequence + 1) > offset)
    }
    #expect(segment.offset(of: 25) == 40)
    #expect(segment.offset(of: 1) == 0)
  }
}
