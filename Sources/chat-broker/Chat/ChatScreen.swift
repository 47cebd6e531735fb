/// The screen of `chat`: messages above, the line that is being typed below.
actor ChatScreen {
  static let prompt = "> "

  /// `nil` if nobody types; then there is no prompt.
  private let terminal: Terminal?
  private var editor = LineEditor()

  init(terminal: Terminal?) {
    self.terminal = terminal
  }

  /// Prints lines above the prompt.
  func show(_ lines: [String]) {
    guard !lines.isEmpty else { return }
    let text = lines.map { $0 + "\n" }.joined()
    if terminal == nil { Output.text(text) } else { Output.text("\r\u{1b}[K" + text + promptLine) }
  }

  func show(_ line: String) {
    show([line])
  }

  /// Takes what was typed and shows it.
  func type(_ bytes: [UInt8]) -> [LineEditor.Event] {
    let events = editor.feed(bytes)
    drawPrompt()
    return events
  }

  func drawPrompt() {
    if terminal != nil { Output.text("\r\u{1b}[K" + promptLine) }
  }

  /// Leaves the screen as a shell expects it.
  func close() {
    if terminal != nil { Output.text("\r\u{1b}[K") }
  }

  private var promptLine: String {
    guard let terminal else { return "" }
    // One column stays free for the cursor.
    return Self.prompt + editor.visibleText(columns: max(1, terminal.columns - Self.prompt.utf8.count - 1))
  }
}
