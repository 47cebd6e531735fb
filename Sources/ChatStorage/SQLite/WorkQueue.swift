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
    var attributes = pthread_condattr_t()
    pthread_condattr_init(&attributes)
    #if !canImport(Darwin)
      pthread_condattr_setclock(&attributes, timespec.clock)
    #endif
    pthread_cond_init(hasWork, &attributes)
    pthread_condattr_destroy(&attributes)
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
  /// - Parameter patience: blocks no longer than this.
  /// - Returns: Nil if the queue is closed and empty, nothing if none came in time.
  func take(weight: Int, patience: Duration? = nil) -> [Element]? {
    let deadline = patience.map { timespec(after: $0) }
    return withLock {
      while head == elements.count {
        if isClosed { return nil }
        sleepers += 1
        let code = waitForWork(until: deadline)
        sleepers -= 1
        if code == ETIMEDOUT && head == elements.count { return isClosed ? nil : [] }
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

  private func waitForWork(until deadline: timespec?) -> Int32 {
    guard let deadline else { return pthread_cond_wait(hasWork, lock) }
    return withUnsafePointer(to: deadline) { pthread_cond_timedwait(hasWork, lock, $0) }
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

extension timespec {
  #if canImport(Darwin)
    // Condition variables have no other one there.
    fileprivate static let clock = CLOCK_REALTIME
  #else
    fileprivate static let clock = CLOCK_MONOTONIC
  #endif

  /// A time of the clock that condition variables wait by.
  fileprivate init(after duration: Duration) {
    self.init()
    clock_gettime(Self.clock, &self)
    let (seconds, attoseconds) = duration.components
    let nanoseconds = Int64(tv_nsec) + attoseconds / 1_000_000_000
    tv_sec += time_t(seconds + nanoseconds / 1_000_000_000)
    tv_nsec = Int(nanoseconds % 1_000_000_000)
  }
}
