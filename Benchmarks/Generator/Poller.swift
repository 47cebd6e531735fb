#if canImport(CEpoll)
  import CEpoll
  import Foundation

  /// An epoll descriptor and a timer in it.
  struct Poller: ~Copyable {
    struct Interest: OptionSet {
      let rawValue: UInt32
      static let input = Interest(rawValue: cepoll_in)
      static let output = Interest(rawValue: cepoll_out)
    }

    static let inputToken: UInt64 = .max
    static let timerToken: UInt64 = .max - 1
    private static let capacity = 1024

    private let descriptor: Int32
    private let timer: Int32
    private let events: UnsafeMutablePointer<epoll_event>
    /// When the timer will fire; 0: never.
    private var due: UInt64 = 0
    /// Time spent waiting for something to happen.
    private(set) var waited: UInt64 = 0

    init() throws {
      descriptor = epoll_create1(0)
      timer = timerfd_create(CLOCK_MONOTONIC, Int32(TFD_NONBLOCK))
      events = .allocate(capacity: Self.capacity)
      guard descriptor >= 0, timer >= 0 else { throw Socket.failure("cannot wait for events") }
      try control(EPOLL_CTL_ADD, timer, .input, token: Self.timerToken)
    }

    deinit {
      close(descriptor)
      close(timer)
      events.deallocate()
    }

    static func pin(core: Int) throws {
      guard cepoll_pin(Int32(core)) == 0 else { throw Socket.failure("cannot run on core \(core)") }
    }

    func add(_ socket: Int32, _ interest: Interest, token: UInt64) throws {
      try control(EPOLL_CTL_ADD, socket, interest, token: token)
    }

    func change(_ socket: Int32, _ interest: Interest, token: UInt64) throws {
      try control(EPOLL_CTL_MOD, socket, interest, token: token)
    }

    func remove(_ socket: Int32) throws {
      try control(EPOLL_CTL_DEL, socket, [], token: 0)
    }

    private func control(_ operation: Int32, _ socket: Int32, _ interest: Interest, token: UInt64) throws {
      var event = epoll_event(events: interest.rawValue, data: epoll_data(u64: token))
      guard epoll_ctl(descriptor, operation, socket, &event) == 0 else {
        throw Socket.failure("cannot watch a descriptor")
      }
    }

    /// Waits until something happens, but not beyond `deadline`. Returns how many events there are.
    mutating func wait(until deadline: UInt64) throws -> Int {
      var count = epoll_wait(descriptor, events, Int32(Self.capacity), 0)
      if count == 0 {
        let before = Clock.now()
        guard before < deadline else { return 0 }
        arm(deadline)
        count = epoll_wait(descriptor, events, Int32(Self.capacity), -1)
        waited += Clock.now() - before
      }
      if count < 0, errno != EINTR { throw Socket.failure("cannot wait") }
      return Int(max(0, count))
    }

    /// The token of an event, and whether it can be read and written.
    @inline(__always)
    func event(_ index: Int) -> (token: UInt64, input: Bool, output: Bool) {
      let mask = events[index].events
      // Errors and hang-ups are found out by reading.
      return (events[index].data.u64, mask & ~cepoll_out != 0, mask & cepoll_out != 0)
    }

    mutating func timerFired() {
      var expirations: UInt64 = 0
      _ = read(timer, &expirations, MemoryLayout<UInt64>.size)
      due = 0
    }

    private mutating func arm(_ deadline: UInt64) {
      guard deadline != due else { return }
      due = deadline
      var time = itimerspec()
      time.it_value.tv_sec = Int(deadline / 1_000_000_000)
      time.it_value.tv_nsec = Int(deadline % 1_000_000_000)
      timerfd_settime(timer, Int32(TFD_TIMER_ABSTIME), &time, nil)
    }
  }
#endif
