#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// A bounded queue from any threads to threads that block while it is empty.
///
/// Each element has a weight; the bound is on the sum of weights.
final class WorkQueue<Element: Sendable>: @unchecked Sendable {  // All that changes is behind the lock.
  enum Offer {
    case taken
    case full
    case closed
  }

  // Not a Mutex, because waiting needs a condition variable.
  private let lock: UnsafeMutablePointer<pthread_mutex_t>
  private let hasWork: UnsafeMutablePointer<pthread_cond_t>
  private let capacity: Int
  private var elements: [(element: Element, weight: Int)] = []
  // Elements before this one are taken.
  private var head = 0
  private var weightWaiting = 0
  private var sleepers = 0
  private var isClosed = false

  /// - Parameter capacity: the most weight that waits; one heavier element is taken when nothing waits.
  init(capacity: Int) {
    self.capacity = capacity
    lock = .allocate(capacity: 1)
    lock.initialize(to: pthread_mutex_t())
    pthread_mutex_init(lock, nil)
    hasWork = .allocate(capacity: 1)
    hasWork.initialize(to: pthread_cond_t())
    pthread_cond_init(hasWork, nil)
  }

  deinit {
    pthread_cond_destroy(hasWork)
    hasWork.deallocate()
    pthread_mutex_destroy(lock)
    lock.deallocate()
  }

  /// The weight of all that waits.
  var waiting: Int { withLock { weightWaiting } }

  /// Adds an element at the end, and never blocks for long.
  func offer(_ element: Element, weight: Int) -> Offer {
    let (offer, wakes): (Offer, Bool) = withLock {
      if isClosed { return (.closed, false) }
      if weightWaiting > 0 && weight > capacity - weightWaiting { return (.full, false) }
      elements.append((element, weight))
      weightWaiting += weight
      return (.taken, sleepers > 0)
    }
    // Not with the lock, which the other thread would only wait for.
    if wakes { pthread_cond_signal(hasWork) }
    return offer
  }

  /// Blocks until there is something, and takes elements until they weigh as much as `weight`.
  ///
  /// - Returns: Nothing if the queue is closed and empty.
  func take(weight: Int) -> [Element] {
    withLock {
      while head == elements.count {
        if isClosed { return [] }
        sleepers += 1
        pthread_cond_wait(hasWork, lock)
        sleepers -= 1
      }
      var taken: [Element] = []
      var takenWeight = 0
      repeat {
        taken.append(elements[head].element)
        takenWeight += elements[head].weight
        head += 1
      } while head < elements.count && takenWeight < weight
      weightWaiting -= takenWeight
      dropTaken()
      return taken
    }
  }

  /// Refuses further elements; those that wait can still be taken.
  func close() {
    withLock {
      isClosed = true
      pthread_cond_broadcast(hasWork)
    }
  }

  private func dropTaken() {
    // Moving the rest only when it is the smaller part keeps taking constant in time.
    if head == elements.count {
      elements.removeAll(keepingCapacity: elements.capacity <= 4096)
      head = 0
    } else if head > elements.count / 2 {
      elements.removeFirst(head)
      head = 0
    }
  }

  private func withLock<Result>(_ body: () -> Result) -> Result {
    pthread_mutex_lock(lock)
    defer { pthread_mutex_unlock(lock) }
    return body()
  }
}
