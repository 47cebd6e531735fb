import Foundation
import Testing

/// Writes one file for each sample frame to the folder that `CHAT_FUZZ_CORPUS` names: where the fuzzer starts.
struct FuzzCorpus {
  private static let folder = ProcessInfo.processInfo.environment["CHAT_FUZZ_CORPUS"]

  @Test(.enabled(if: folder != nil)) func `writes the fuzzer's seeds`() throws {
    let folder = URL(filePath: try #require(Self.folder), directoryHint: .isDirectory)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let frames = WireSamples.clientFrames.map(encoded) + WireSamples.serverFrames.map(encoded)
    for (index, frame) in (frames + [frames.flatMap { $0 }]).enumerated() {
      // The first byte is the size of the pieces in which the stream arrives; 0: at once.
      for size in [0, 7] as [UInt8] {
        try Data([size] + frame).write(to: folder.appending(path: "seed-\(index)-\(size)"))
      }
    }
  }
}
