import ArgumentParser
import ChatCore
import Foundation

/// Decoding and encoding, without sockets.
struct Codec: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Decode publishes and encode deliveries, without sockets.",
    discussion: """
      EXAMPLES
        benchmarks codec
        benchmarks codec --bytes 4096 --json
      """)

  private struct Result: Encodable {
    var messages: Int
    var bytes: Int
    var nanosecondsPerMessage: Double
    /// Where the machine can count them.
    var instructionsPerMessage: Double?
  }

  @Option(help: "Messages to handle, 1 to 1000000000.") var messages = 1_000_000
  @Option(help: "Bytes in a body, 0 to 65536.") var bytes = 128
  @Flag(help: "Print the results as JSON.") var json = false

  func validate() throws {
    try Allowed.check("--messages", messages, 1...1_000_000_000)
    try Allowed.check("--bytes", bytes, 0...65_536)
  }

  func run() throws {
    let frame = publishFrame()
    let counter = InstructionCounter.isAvailable ? try InstructionCounter(process: getpid()) : nil
    var failures = 0
    let elapsed = ContinuousClock().measure { failures = handle(frame) }
    let instructions = counter?.stop()
    guard failures == 0 else { throw BenchmarkError("\(failures) of \(messages) frames were not handled") }
    let result = Result(
      messages: messages, bytes: bytes, nanosecondsPerMessage: elapsed / .nanoseconds(1) / Double(messages),
      instructionsPerMessage: instructions.map { Double($0) / Double(messages) })
    guard !json else { return print(try Format.json(result)) }
    let counted =
      result.instructionsPerMessage.map { "\(Format.number($0)) instructions" }
      ?? "instructions cannot be counted here"
    print(
      "decode and encode, \(bytes)-byte bodies: \(Format.number(result.nanosecondsPerMessage)) ns a message; "
        + counted)
  }

  private func publishFrame() -> [UInt8] {
    var codec = FrameCodec(decodingBytes: 1 << 20)
    var publish = ClientFrame.Publish()
    publish.to = ["group:lobby"]
    publish.clientMessageID = "01J9ZQ0000000000000000000"
    publish.body = Payload([UInt8](repeating: 120, count: bytes))
    var buffer = FrameBuffer()
    codec.encode(ClientFrame(requestID: 7, body: .publish(publish)), into: &buffer)
    return Array(buffer.readable)
  }

  /// - Returns: frames that could not be handled.
  private func handle(_ frame: [UInt8]) -> Int {
    var codec = FrameCodec(decodingBytes: 1 << 20)
    var failures = 0
    var output = FrameBuffer()
    for _ in 0..<messages {
      frame.withUnsafeBytes { bytes in
        var reader = FrameReader(limit: 1 << 20)
        do throws(ChatError) {
          try reader.read(bytes) { frame in
            guard let publish = FrameCodec.publish(in: frame) else {
              failures += 1
              return true
            }
            // The address of a publish to a conversation is its name.
            _ = codec.encodeDelivery(
              conversation: publish.address, sender: "ann", publish.fields, into: &output)
            return true
          }
        } catch {
          failures += 1
        }
      }
      output.consume(output.count)
    }
    return failures
  }
}
