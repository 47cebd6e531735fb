/// How far a copy is, on a terminal: one line that is written over.
struct CopyProgress {
  private let isShown: Bool
  private var percent: Int64 = -1

  init(isShown: Bool) {
    self.isShown = isShown
  }

  mutating func show(_ copied: Int64, of all: Int64) {
    guard isShown, all > 0 else { return }
    let percent = copied * 100 / all
    guard percent != self.percent else { return }
    self.percent = percent
    let checking = percent == 100 ? "; checking it" : ""
    Output.status("\r\(percent) % of \(all / 1_000_000 + 1) MB copied\(checking)")
  }

  func end() {
    if isShown, percent >= 0 { Output.status("\r\u{1b}[K") }
  }
}
