import Foundation
import Testing

@testable import ChatCore

struct LimitNamesTests {
  /// The text of all sources of ChatCore and ChatServer.
  private func sources() throws -> String {
    let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../../Sources").path
    var text = ""
    for module in ["ChatCore", "ChatServer"] {
      let files = FileManager.default.enumerator(atPath: "\(root)/\(module)")
      while let file = files?.nextObject() as? String {
        guard file.hasSuffix(".swift"), !file.hasSuffix("LimitNames.swift") else { continue }
        text += try String(contentsOfFile: "\(root)/\(module)/\(file)", encoding: .utf8)
      }
    }
    return text
  }

  @Test func `every limit that an error names is in the list, and no other is`() throws {
    let sources = try sources()
    let named = [
      /\.limit\(\s*"([a-z_]+)"/, /limitsHit\["([a-z_]+)"/, /\.limit = "([a-z_]+)"/,
    ].flatMap { sources.matches(of: $0).map { String($0.1) } }
    #expect(named.count > 20)
    #expect(Set(named).subtracting(LimitNames.all).isEmpty)
    // Some are handed on in a variable.
    for name in LimitNames.all { #expect(sources.contains("\"\(name)\""), "\(name) is hit nowhere") }
    #expect(Set(LimitNames.all).count == LimitNames.all.count)
  }
}
