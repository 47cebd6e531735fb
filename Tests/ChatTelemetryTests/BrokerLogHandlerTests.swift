import Foundation
import Logging
import Testing

@testable import ChatTelemetry

@Suite struct BrokerLogHandlerTests {
  @Test func `a line is one object with the fields of every line first, then those of the event by name`() {
    let log = CapturedLog()
    log.logger().warning(
      "a limit was hit",
      metadata: ["chat.limit": "body_bytes", "chat.count": .stringConvertible(7), "loop": "1"])
    let line = log.text
    #expect(line.hasPrefix("{\"@timestamp\":\"2"))
    #expect(
      line.contains(
        """
        "log.level":"warning","message":"a limit was hit","ecs.version":"8.11.0","log.logger":"test",\
        "event.dataset":"chat-broker.log","service.name":"chat-broker","service.version":"1.2.3",\
        "service.node.name":"node-1","chat.count":7,"chat.limit":"body_bytes","chat.loop":1}\n
        """))
  }

  @Test func `what would break a line or JSON is escaped`() {
    let log = CapturedLog()
    log.logger().info("a \"quoted\" \\ line\r\n\t\u{1}\u{2028}\u{7f} äöü 漢字 🎈")
    #expect(log.lines.count == 1)
    #expect(log.text.contains(#""message":"a \"quoted\" \\ line\r\n\t\u0001\u2028\u007f äöü 漢字 🎈""#))
  }

  @Test func `a long text is cut at a whole character`() {
    let log = CapturedLog()
    log.logger().info("\(String(repeating: "€", count: 10_000))")
    #expect(log.text.contains(String(repeating: "€", count: JSONObjectLine.mostStringBytes / 3) + "…\""))
    #expect(log.text.utf8.count < JSONObjectLine.mostStringBytes + 500)
  }

  @Test func `an empty field is left out, and what has no field of its own is a label`() {
    let log = CapturedLog()
    log.logger().info("x", metadata: ["user.id": "", "some thing.else": "y"])
    #expect(!log.text.contains("user.id"))
    #expect(log.text.contains(#""labels.some_thing_else":"y""#))
  }

  @Test func `a field is written as the index has it: numbers, lists, and no number that is none`() {
    let log = CapturedLog()
    log.logger().info(
      "x",
      metadata: [
        "keys": "3", "chat.count": "many", "changed": ["log.level", "limits.body_bytes"], "reason": "SIGHUP",
        "flag": .stringConvertible(true), "size": .stringConvertible(7),
      ])
    #expect(log.text.contains(#""chat.keys":3,"#))
    #expect(!log.text.contains("chat.count"))
    #expect(log.text.contains(#""chat.changed":["log.level","limits.body_bytes"]"#))
    #expect(log.text.contains(#""event.reason":"SIGHUP","labels.flag":true,"labels.size":7}"#))
  }

  @Test func `a field that comes in two ways is there once`() {
    let log = CapturedLog()
    log.logger().info("x", metadata: ["loop": "1", "chat.loop": "1"])
    #expect(log.text.count(of: "chat.loop") == 1)
  }

  @Test func `the level changes for all loggers while they are used`() {
    let log = CapturedLog()
    let logger = log.logger()
    logger.debug("before")
    log.levels.level = .debug
    logger.debug("while")
    log.levels.level = .error
    logger.warning("after")
    #expect(log.lines.count == 1)
    #expect(log.text.contains("\"while\""))
  }

  @Test func `a logger keeps the level and the metadata that it alone was given`() {
    let log = CapturedLog()
    let first = log.logger()
    var second = first
    second.logLevel = .trace
    second[metadataKey: "chat.listener"] = "tcp"
    first.debug("of the first")
    second.debug("of the second")
    first.info("again of the first")
    #expect(log.lines.count == 2)
    #expect(log.lines[0].contains("\"chat.listener\":\"tcp\""))
    #expect(!log.lines[1].contains("chat.listener"))
  }

  @Test func `of an error the kind is logged, and not its words`() {
    struct Failure: Error, CustomStringConvertible { let description = "planted" }
    let log = CapturedLog()
    log.logger().error("failed", error: Failure())
    #expect(log.text.contains("\"error.type\":\"Failure\""))
    #expect(!log.text.contains("planted"))
  }

  @Test func `text is one line for people, without what moves a cursor`() {
    let log = CapturedLog()
    log.logger(.text).info("two\nlines \u{1b}[31m", metadata: ["chat.limit": "a\u{7}b", "user.id": ""])
    #expect(log.lines.count == 1)
    #expect(log.text.contains("info     two lines  [31m chat.limit=a b\n"))
  }

  @Test func `a reader that has stopped costs lines, which are counted, and does not stop the writer`() throws
  {
    var ends: [CInt] = [0, 0]
    #expect(pipe(&ends) == 0)
    defer { for end in ends { close(end) } }
    let output = LogOutput(descriptor: ends[1])
    let line = [UInt8](repeating: UInt8(ascii: "x"), count: 1_023) + [UInt8(ascii: "\n")]
    for _ in 0..<100 { output.write { _ in line } }
    var buffer = [UInt8](repeating: 0, count: 1 << 20)
    let taken = read(ends[0], &buffer, buffer.count)
    #expect(taken > 0 && taken < 100 * 1_024)
    var told = 0
    output.write { leftOut in
      told = leftOut
      return line
    }
    #expect(told == 100 - taken / 1_024)
  }
}

extension String {
  fileprivate func count(of text: String) -> Int { components(separatedBy: text).count - 1 }
}
