import CThreads
import ChatCore

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

#if canImport(Darwin)
  private typealias ThreadArgument = UnsafeMutableRawPointer
#else
  private typealias ThreadArgument = UnsafeMutableRawPointer?
#endif

/// A thread for work that blocks, which must not happen on an event loop or in the concurrency pool.
struct WorkerThread: @unchecked Sendable {  // The handle never changes; on some systems it is a pointer.
  private final class Start {
    let name: String
    let body: @Sendable () -> Void
    init(_ name: String, _ body: @escaping @Sendable () -> Void) {
      self.name = name
      self.body = body
    }
  }

  // Used for joining and nothing else.
  private let thread: pthread_t

  /// Starts the thread. It must be joined or detached, once.
  ///
  /// - Parameter name: for those who look at a process's threads; Linux shows 15 bytes.
  init(named name: String, running body: @escaping @Sendable () -> Void) throws(StoreError) {
    let start = Unmanaged.passRetained(Start(name, body))
    let entry: @convention(c) (ThreadArgument) -> UnsafeMutableRawPointer? = { argument in
      let argument: UnsafeMutableRawPointer? = argument
      if let argument {
        let start = Unmanaged<Start>.fromOpaque(argument).takeRetainedValue()
        cthreads_set_name(start.name)
        start.body()
      }
      return nil
    }
    #if canImport(Darwin)
      var created: pthread_t?
      let code = pthread_create(&created, nil, entry, start.toOpaque())
    #else
      var handle = pthread_t()
      let code = pthread_create(&handle, nil, entry, start.toOpaque())
      let created: pthread_t? = handle
    #endif
    guard code == 0, let created else {
      start.release()
      throw StoreError(
        .io, "cannot start a thread (\(systemErrorText(code))): raise the limit of threads of this process")
    }
    thread = created
  }

  /// Blocks until the thread has ended.
  func join() { pthread_join(thread, nil) }

  /// Lets the thread end by itself.
  func detach() { pthread_detach(thread) }
}
