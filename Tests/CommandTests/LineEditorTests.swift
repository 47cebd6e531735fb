import Testing

@testable import chat_broker

struct LineEditorTests {
  private var editor = LineEditor()

  @Test mutating func `enter ends a line`() {
    #expect(editor.feed("hello\rwor".utf8) == [.line("hello")])
    #expect(editor.text == "wor")
  }

  @Test mutating func `a character may arrive byte by byte`() {
    for byte in "é日👍".utf8 { #expect(editor.feed([byte]).isEmpty) }
    #expect(editor.text == "é日👍")
  }

  @Test mutating func `backspace deletes a whole character`() {
    _ = editor.feed("a👩‍👩‍👧".utf8)
    _ = editor.feed([0x7f])
    #expect(editor.text == "a")
    _ = editor.feed([0x08, 0x7f])
    #expect(editor.text.isEmpty)
  }

  @Test mutating func `control keys delete words and lines`() {
    _ = editor.feed("one two  ".utf8)
    _ = editor.feed([0x17])
    #expect(editor.text == "one ")
    _ = editor.feed([0x15])
    #expect(editor.text.isEmpty)
  }

  @Test mutating func `control C interrupts and control D ends an empty line only`() {
    #expect(editor.feed([0x03]) == [.interrupt])
    #expect(editor.feed([0x04]) == [.endOfInput])
    #expect(editor.feed([0x61, 0x04]).isEmpty)
  }

  @Test mutating func `other keys are swallowed`() {
    #expect(editor.feed("a\u{1b}[A\u{1b}[1;5Cb\u{1b}OPc\u{1}".utf8).isEmpty)
    #expect(editor.text == "abc")
  }

  @Test mutating func `broken and hostile characters are dropped`() {
    _ = editor.feed([0xff, 0xc3, 0x61, 0x80, 0xe2, 0x82])
    _ = editor.feed("\u{202e}b\u{9b}".utf8)
    #expect(editor.text == "ab")
  }

  @Test mutating func `a line has a limit`() {
    _ = editor.feed(repeatElement(0x61, count: LineEditor.longestLine + 5))
    #expect(editor.text.utf8.count == LineEditor.longestLine)
  }

  @Test mutating func `the end of a long line is visible`() {
    _ = editor.feed("abc日本".utf8)
    #expect(editor.visibleText(columns: 5) == "c日本")
    #expect(editor.visibleText(columns: 4) == "日本")
    #expect(editor.visibleText(columns: 3) == "本")
    #expect(editor.visibleText(columns: 80) == "abc日本")
  }
}
