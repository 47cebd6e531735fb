import Dispatch

/// Runs an actor on a thread of its own, where it may block.
final class BlockingExecutor: SerialExecutor {
  private let queue = DispatchQueue(label: "chat-broker.input")

  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    queue.async { job.runSynchronously(on: self.asUnownedSerialExecutor()) }
  }
}
