/// Bounds what each publisher has in flight: a message gives its credit back when all of its topic's readers
/// have it. So no broker has cause to drop, and the load is as high as the broker can take.
struct CreditWindow {
  let inFlight: Int32
  private let topics: Int
  private let publishers: Int
  private let mask: UInt64
  /// Readers that still miss a message: one ring for each topic.
  private let remaining: UnsafeMutablePointer<Int32>
  private let readers: UnsafeMutablePointer<Int32>
  private let outstanding: UnsafeMutablePointer<Int32>
  private let isReturned: UnsafeMutablePointer<Bool>
  /// Publishers that got credit back since the last `takeReturned`.
  private let returned: UnsafeMutablePointer<Int32>
  private var returnedCount = 0
  private let slots: Int

  init(topics: Int, publishers: Int, inFlight: Int) {
    var slots = 1
    while slots < inFlight { slots *= 2 }
    self.slots = slots
    self.inFlight = Int32(inFlight)
    self.topics = topics
    self.publishers = publishers
    mask = UInt64(slots - 1)
    remaining = .allocate(capacity: topics * slots)
    remaining.initialize(repeating: 0, count: topics * slots)
    readers = .allocate(capacity: topics)
    readers.initialize(repeating: 0, count: topics)
    outstanding = .allocate(capacity: publishers)
    outstanding.initialize(repeating: 0, count: publishers)
    isReturned = .allocate(capacity: publishers)
    isReturned.initialize(repeating: false, count: publishers)
    returned = .allocate(capacity: publishers)
    returned.initialize(repeating: 0, count: publishers)
  }

  mutating func addReader(topic: Int) { readers[topic] += 1 }

  func readers(topic: Int) -> Int { Int(readers[topic]) }

  /// How many messages the publisher may send now.
  func credit(publisher: Int) -> Int { Int(inFlight - outstanding[publisher]) }

  func inFlight(publisher: Int) -> Int { Int(outstanding[publisher]) }

  mutating func sent(publisher: Int, topic: Int, index: UInt64) {
    outstanding[publisher] += 1
    remaining[topic * slots + Int(index & mask)] = readers[topic]
  }

  /// One reader is done with the message.
  @inline(__always)
  mutating func delivered(topic: Int32, index: UInt64) {
    let slot = remaining + (Int(topic) &* slots &+ Int(index & mask))
    slot.pointee &-= 1
    if slot.pointee == 0 { giveBack(publisher: Int(topic) % publishers) }
  }

  mutating func giveBack(publisher: Int) {
    outstanding[publisher] -= 1
    if !isReturned[publisher] {
      isReturned[publisher] = true
      returned[returnedCount] = Int32(publisher)
      returnedCount += 1
    }
  }

  /// The next publisher that got credit back.
  mutating func takeReturned() -> Int? {
    guard returnedCount > 0 else { return nil }
    returnedCount -= 1
    let publisher = Int(returned[returnedCount])
    isReturned[publisher] = false
    return publisher
  }
}
