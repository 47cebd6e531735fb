import Foundation
import Testing

@testable import crash_check

/// Starts shell scripts in place of a broker.
@Suite struct BrokerProcessTests {
  private let directory: WorkDirectory

  init() throws {
    directory = try WorkDirectory()
  }

  private func configuration(script: String) throws -> BrokerProcess.Configuration {
    let path = directory.path + "/broker.sh"
    try ("#!/bin/sh\n" + script).write(toFile: path, atomically: true, encoding: .utf8)
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
    return BrokerProcess.Configuration(
      executable: path, port: 20_001, dataDirectory: directory.data, logFile: directory.log)
  }

  @Test func `Returns when the broker listens, and tells how it ended`() async throws {
    let listening = try configuration(
      script: "trap 'exit 3' TERM; echo \"$@\"; echo listening on 127.0.0.1:$3; while :; do sleep 0.01; done")
    let killed = try await BrokerProcess.start(listening)
    #expect(try await killed.kill() == .signalled(SIGKILL))

    // The log still has the line of the first; it must not be taken for the second's.
    let ended = try await BrokerProcess.start(listening)
    #expect(ended.id != killed.id)
    #expect(try await ended.terminate() == .exited(3))
    let log = try String(contentsOfFile: directory.log, encoding: .utf8)
    let started =
      "serve --port 20001 --http-port off --admin-port off --data \(directory.data)\n"
      + "listening on 127.0.0.1:20001\n"
    #expect(log == started + started)
    directory.remove()
    #expect(!FileManager.default.fileExists(atPath: directory.path))
  }

  @Test func `Reports a broker that ends at start`() async throws {
    let broken = try configuration(script: "echo no; exit 78")
    await #expect(throws: RunError.self) { try await BrokerProcess.start(broken) }
    directory.remove()
  }

  @Test func `Reports an executable that is not there`() async throws {
    let missing = BrokerProcess.Configuration(
      executable: "/nowhere/chat-broker", port: 20_001, dataDirectory: directory.data,
      logFile: directory.log)
    await #expect(throws: RunError.self) { try await BrokerProcess.start(missing) }
    directory.remove()
  }

  @Test func `Finds a port that can be bound`() throws {
    #expect(try (20_000...29_999).contains(FreePort.find()))
  }
}
