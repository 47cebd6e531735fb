/// Reloads the configuration when a file of it changes, and on SIGHUP.
struct ConfigurationWatch: Sendable {
  /// How often files are looked at. A change is taken when they look the same twice, so within two of these.
  static let interval = Duration.milliseconds(500)

  let reloader: ConfigurationReloader
  let hangUps: HangUps

  private enum Event: Sendable {
    case tick
    case signal
  }

  /// Watches until the task is cancelled, or the terminal that the broker was started in has gone.
  func run() async {
    var detector = ChangeDetector(taken: reloader.started)
    let (events, continuation) = AsyncStream.makeStream(of: Event.self, bufferingPolicy: .bufferingNewest(8))
    await withTaskGroup { group in
      group.addTask {
        for await _ in hangUps.signals { continuation.yield(.signal) }
      }
      group.addTask {
        while (try? await Task.sleep(for: Self.interval)) != nil { continuation.yield(.tick) }
        continuation.finish()
      }
      for await event in events {
        let stamp = FileStamp(await reloader.files)
        switch event {
        case .tick:
          if detector.hasChanged(to: stamp) { await reloader.reload(because: "a file has changed") }
        case .signal:
          if hangUps.isTerminalGone { return group.cancelAll() }
          detector.take(stamp)
          await reloader.reload(because: "SIGHUP")
        }
        if Task.isCancelled { break }
      }
      group.cancelAll()
    }
  }
}
