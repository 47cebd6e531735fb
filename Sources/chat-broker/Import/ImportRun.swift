import ChatCore

/// An import under way: counts, and shows how far it is.
actor ImportRun {
  /// The bar is drawn at most this often.
  static let redrawInterval = Duration.milliseconds(100)
  /// Refusals that are told one by one.
  static let refusalsTold = 10

  private let session: ClientSession
  private let clock = ContinuousClock()
  private let start: ContinuousClock.Instant
  private let showsBar = Terminal.isStatus
  private var lastDrawn: ContinuousClock.Instant?
  private var progress: ImportProgress
  private var failure: CommandFailure?

  init(session: ClientSession, totalBytes: Int?) {
    self.session = session
    start = clock.now
    progress = ImportProgress(totalBytes: totalBytes)
  }

  func read(bytes: Int) {
    progress.bytes = bytes
  }

  func skip(_ kind: any WritableKeyPath<ImportProgress, Int> & Sendable) {
    progress[keyPath: kind] += 1
  }

  /// - Returns: whether it makes sense to go on.
  func take(_ outcome: Result<[Receipt], any Error>, line: UInt64) -> Bool {
    defer { draw() }
    switch outcome {
    case .success(let receipts):
      for receipt in receipts {
        if let error = receipt.error { return refused(CommandFailure(error), line: line) }
        if receipt.duplicate { progress.alreadyThere += 1 } else { progress.imported += 1 }
      }
      return true
    case .failure(let error):
      return refused(session.failure(error), line: line)
    }
  }

  /// Says how far it came when it was interrupted.
  func leave() {
    if showsBar { Output.status("\r\u{1b}[K") }
    Output.error("interrupted after \(progress.decided) messages; run it again to go on from there")
  }

  /// Prints the last line.
  ///
  /// - Returns: why the import is not complete, if it is not.
  func finish() -> CommandFailure? {
    if showsBar { Output.status("\r\u{1b}[K") }
    Output.line(progress.summary)
    return failure
  }

  private func refused(_ reason: CommandFailure, line: UInt64) -> Bool {
    guard reason.status == .refused else {
      failure =
        failure?.status == reason.status
        ? failure
        : CommandFailure(
          reason.status, "stopped at line \(line): \(reason.message); run it again to go on from there")
      return false
    }
    progress.refused += 1
    if progress.refused <= Self.refusalsTold {
      if showsBar { Output.status("\r\u{1b}[K") }
      Output.error("line \(line) was refused: \(reason.message)")
    }
    failure = failure ?? CommandFailure(.refused, "not all messages were accepted")
    return true
  }

  private func draw() {
    let now = clock.now
    guard showsBar, lastDrawn.map({ now - $0 >= Self.redrawInterval }) ?? true else { return }
    lastDrawn = now
    Output.status("\r\u{1b}[K" + progress.line(seconds: (now - start) / .seconds(1)))
  }
}
