/// The parts of a publish that do not change, for each topic; durable with one topic: for each publisher.
struct Templates {
  private let bytes: UnsafeMutablePointer<UInt8>
  /// Where the prefix and the suffix of each begin: two numbers for each, and the end.
  private let offsets: UnsafeMutablePointer<Int>
  /// The longest publish.
  let longestFrame: Int

  init<D: Dialect>(_ dialect: D, _ workload: Workload) {
    let count = max(workload.topics, workload.publishers)
    var all: [UInt8] = []
    var longest = 0
    offsets = .allocate(capacity: 2 * count + 1)
    for number in 0..<count {
      let parts = dialect.publish(
        topic: number % workload.topics, publisher: number % workload.publishers)
      offsets[2 * number] = all.count
      all += parts.prefix
      offsets[2 * number + 1] = all.count
      all += parts.suffix
      longest = max(longest, parts.prefix.count + workload.bytes + parts.suffix.count)
    }
    offsets[2 * count] = all.count
    longestFrame = longest
    bytes = .allocate(capacity: all.count)
    bytes.initialize(from: all, count: all.count)
  }

  func prefix(_ number: Int) -> UnsafeBufferPointer<UInt8> { part(2 * number) }

  func suffix(_ number: Int) -> UnsafeBufferPointer<UInt8> { part(2 * number + 1) }

  private func part(_ place: Int) -> UnsafeBufferPointer<UInt8> {
    UnsafeBufferPointer(start: bytes + offsets[place], count: offsets[place + 1] - offsets[place])
  }
}
