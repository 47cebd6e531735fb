import ArgumentParser
import ChatCore

/// Decoding and encoding, without sockets.
struct Codec: ParsableCommand {
  static let configuration = CommandConfiguration(abstract: "Decodes publishes and encodes deliveries.")

  @Option(help: "Messages to handle.") var messages = 1_000_000
  @Option(help: "Bytes in a body.") var size = 128

  func run() {
    var codec = FrameCodec(decodingBytes: 1 << 20)
    var publish = ClientFrame.Publish()
    publish.to = ["group:lobby"]
    publish.clientMessageID = "01J9ZQ0000000000000000000"
    publish.body = Payload([UInt8](repeating: 120, count: max(0, size)))
    var buffer = FrameBuffer()
    codec.encode(ClientFrame(requestID: 7, body: .publish(publish)), into: &buffer)
    let bytes = Array(buffer.readable)
    var failures = 0
    let elapsed = ContinuousClock().measure {
      var output = FrameBuffer()
      for _ in 0..<max(0, messages) {
        bytes.withUnsafeBytes { bytes in
          var reader = FrameReader(limit: 1 << 20)
          do throws(ChatError) {
            try reader.read(bytes) { frame in
              guard let decoded = try? codec.decodeClientFrame(frame),
                case .publish(let publish) = decoded.body
              else {
                failures += 1
                return true
              }
              _ = codec.encodeDelivery(
                conversation: "group:lobby", sender: "ann", publish: publish, into: &output)
              return true
            }
          } catch {
            failures += 1
          }
        }
        output.consume(output.count)
      }
    }
    let nanoseconds = Double(elapsed.components.seconds) * 1e9 + Double(elapsed.components.attoseconds) / 1e9
    print(
      "decode and encode, \(size)-byte bodies: \(Int(nanoseconds / Double(max(1, messages)))) ns a message")
    if failures > 0 { print("\(failures) failed") }
  }
}
