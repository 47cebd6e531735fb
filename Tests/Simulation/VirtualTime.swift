import ChatCore

/// The clock and everything that will happen, in order of time and, at one time, of scheduling.
final class VirtualTime {
  private struct Entry {
    let time: UInt64
    let order: UInt64
    let action: () -> Void

    func comesBefore(_ other: Entry) -> Bool { (time, order) < (other.time, other.order) }
  }

  private(set) var now: UInt64 = 1_000
  /// Things that have happened without any time passing.
  private(set) var stepsAtOneTime = 0
  private var order: UInt64 = 0
  private var heap: [Entry] = []

  var moment: Moment { Moment(uptime: now, unixTime: 1_700_000_000_000 + Int64(now)) }

  func after(_ milliseconds: Int, _ action: @escaping () -> Void) {
    order += 1
    heap.append(Entry(time: now + UInt64(max(0, milliseconds)), order: order, action: action))
    var child = heap.count - 1
    while child > 0, heap[child].comesBefore(heap[(child - 1) / 2]) {
      heap.swapAt(child, (child - 1) / 2)
      child = (child - 1) / 2
    }
  }

  /// Lets the next thing happen if it is due by `end`.
  func step(until end: UInt64) -> Bool {
    guard let first = heap.first, first.time <= end else {
      now = max(now, end)
      return false
    }
    stepsAtOneTime = first.time == now ? stepsAtOneTime + 1 : 0
    now = first.time
    removeFirst()
    first.action()
    return true
  }

  private func removeFirst() {
    heap.swapAt(0, heap.count - 1)
    heap.removeLast()
    var parent = 0
    while true {
      var least = parent
      for child in [2 * parent + 1, 2 * parent + 2] where child < heap.count {
        if heap[child].comesBefore(heap[least]) { least = child }
      }
      if least == parent { return }
      heap.swapAt(parent, least)
      parent = least
    }
  }
}
