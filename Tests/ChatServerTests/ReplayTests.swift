import ChatCore
import ChatServer
import ChatStorage
import Foundation
import Testing

/// A log of a real channel, `[hh:mm] <nick> text`, as plain text or gzip; see CONTRIBUTING.md.
private let realLog = ProcessInfo.processInfo.environment["CHAT_IRC_LOG"]

@Suite(.serialized) struct ReplayTests {
  @Test("A small channel is replayed to 50 subscribers, every message and byte")
  func smallChannel() async throws {
    let lines = (0..<500).map {
      Array("<nick\($0 % 7)> line \($0) \u{1F600} \(String(repeating: "é", count: $0 % 90))".utf8)
    }
    try await replay(lines, subscribers: 50)
  }

  @Test(
    "60 days of a real channel are replayed to 50 subscribers, every message and byte",
    .enabled(if: realLog != nil, "set CHAT_IRC_LOG to the path of a log"))
  func realChannel() async throws {
    let lines = try messages(of: #require(realLog))
    #expect(lines.count > 10_000)
    try await replay(lines, subscribers: 50)
  }

  /// Publishes to one broadcast on a durable store; half of the subscribers listen live, half come afterwards.
  private func replay(_ lines: [[UInt8]], subscribers: Int) async throws {
    let directory = FileManager.default.temporaryDirectory.appending(path: "replay-\(UUID())")
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: directory) }
    let store = try SQLiteStore(path: directory.appending(path: "chat.db").path)
    // Who only listens sends nothing for as long as the replay takes.
    try await withServer(store: store, configure: { $0.limits.idleTimeout = 3_600_000 }) { address, _ in
      var clients: [RawClient] = []
      func subscribe(after: Position?) async throws {
        let client = try await RawClient.connect(address, user: "user\(clients.count)")
        client.countMessages(expecting: lines)
        _ = try await client.subscribe("broadcast:irc", after: after)
        clients.append(client)
      }
      for _ in 0..<subscribers / 2 { try await subscribe(after: nil) }
      try await publish(lines, to: "broadcast:irc", by: RawClient.connect(address, user: "importer"))
      for _ in subscribers / 2..<subscribers {
        try await subscribe(after: Position(conversation: "broadcast:irc"))
      }
      for client in clients { try await client.waitForMessages(UInt64(lines.count)) }
      for client in clients { await client.close() }
    }
    await store.close()
  }

  /// Keeps a window of publishes in flight.
  private func publish(_ lines: [[UInt8]], to address: String, by client: RawClient) async throws {
    let window = 200
    for start in stride(from: 0, to: lines.count, by: window) {
      let batch = lines[start..<min(start + window, lines.count)]
      var bytes: [UInt8] = []
      for (offset, line) in batch.enumerated() {
        var publish = ClientFrame.Publish()
        publish.to = [address]
        publish.clientMessageID = "line-\(start + offset)"
        publish.body = Payload(line)
        bytes += RawClient.encode(
          ClientFrame(requestID: UInt64(1_000_000 + start + offset), body: .publish(publish)))
      }
      try await client.send(bytes: bytes)
      for offset in batch.indices {
        let frame = try await client.frame { $0.requestID == UInt64(1_000_000 + offset) }
        guard case .published(let receipts) = frame.body else {
          Issue.record("\(frame)")
          return
        }
        #expect(receipts.first?.sequence == UInt64(offset + 1))
      }
    }
  }

  private func messages(of path: String) throws -> [[UInt8]] {
    var data = try Data(contentsOf: URL(filePath: path))
    if path.hasSuffix(".gz") {
      let gzip = Process()
      gzip.executableURL = URL(filePath: "/usr/bin/env")
      gzip.arguments = ["gzip", "-dc", path]
      let output = Pipe()
      gzip.standardOutput = output
      try gzip.run()
      data = output.fileHandleForReading.readDataToEndOfFile()
      gzip.waitUntilExit()
    }
    return data.split(separator: UInt8(ascii: "\n")).filter { $0.first == UInt8(ascii: "[") }.map {
      Array($0)
    }
  }
}
