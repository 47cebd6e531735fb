import Foundation
import Testing

/// Writes one file for each sample frame as JSON to the folder that `CHAT_FUZZ_CORPUS` names.
struct FuzzCorpusJSON {
  private static let folder = ProcessInfo.processInfo.environment["CHAT_FUZZ_CORPUS"]

  @Test(.enabled(if: folder != nil)) func `writes the fuzzer's seeds in JSON`() throws {
    let folder = URL(filePath: try #require(Self.folder), directoryHint: .isDirectory)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let texts =
      try WireSamples.clientFrames.map { try json($0) } + WireSamples.serverFrames.map { try json($0) }
    for (index, text) in texts.enumerated() {
      // The first byte is the size of the pieces in which a stream arrives; JSON is one piece.
      try Data([0] + text.utf8).write(to: folder.appending(path: "seed-json-\(index)"))
    }
  }
}
