import NIOConcurrencyHelpers

/// Did not end in time.
struct Hangs: Error {}

/// What `body` returns; throws ``Hangs`` if that takes too long, so that what hangs does not hang the tests.
func within<Value: Sendable>(
  seconds: Int = 20, _ body: @escaping @Sendable () async throws -> Value
) async throws -> Value {
  let waiting = NIOLockedValueBox<CheckedContinuation<Value, any Error>?>(nil)
  let end = { @Sendable (result: Result<Value, any Error>) in
    let continuation = waiting.withLockedValue { waiting in
      defer { waiting = nil }
      return waiting
    }
    continuation?.resume(with: result)
  }
  return try await withCheckedThrowingContinuation { continuation in
    waiting.withLockedValue { $0 = continuation }
    let timer = Task {
      try await Task.sleep(for: .seconds(seconds))
      end(.failure(Hangs()))
    }
    Task {
      do {
        end(.success(try await body()))
      } catch {
        end(.failure(error))
      }
      timer.cancel()
    }
  }
}
