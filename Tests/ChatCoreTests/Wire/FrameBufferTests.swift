import Testing

@testable import ChatCore

struct FrameBufferTests {
  private func append(_ bytes: [UInt8], to buffer: inout FrameBuffer) {
    bytes.withUnsafeBytes { buffer.append($0) }
  }

  @Test func `keeps bytes in order through appending and consuming`() {
    var buffer = FrameBuffer()
    var model: [UInt8] = []
    var random = SplitMix64(state: 1)
    for _ in 0..<5_000 {
      if random.below(2) == 0 {
        let bytes = (0..<random.below(300)).map { _ in UInt8(truncatingIfNeeded: random.next()) }
        append(bytes, to: &buffer)
        model += bytes
      } else {
        let count = random.below(400)
        buffer.consume(count)
        model.removeFirst(min(count, model.count))
      }
      let same = buffer.readable.elementsEqual(model) && buffer.count == model.count
      #expect(same && buffer.isEmpty == model.isEmpty)
    }
  }

  @Test func `lets its user write in place`() {
    var buffer = FrameBuffer()
    buffer.append(count: 3) { memory in
      for index in memory.indices { memory[index] = UInt8(index + 1) }
    }
    buffer.append(count: 0) { _ in }
    let bytes = [UInt8](buffer.readable)
    #expect(bytes == [1, 2, 3])
  }

  @Test func `consuming more than there is, or less than nothing, is clamped`() {
    var buffer = FrameBuffer()
    append([1, 2, 3], to: &buffer)
    buffer.consume(-1)
    let before = buffer.count
    buffer.consume(.max)
    let after = buffer.count
    #expect(before == 3 && after == 0)
  }

  @Test func `gives large memory back once it is empty and keeps small memory`() {
    var buffer = FrameBuffer()
    append([UInt8](repeating: 1, count: 10_000), to: &buffer)
    buffer.consume(9_999)
    let held = buffer.capacity
    buffer.consume(1)
    let released = buffer.capacity
    append([1], to: &buffer)
    buffer.consume(1)
    let kept = buffer.capacity
    #expect(held >= 10_000 && released == 0 && kept == FrameBuffer.firstBytes)
  }
}
