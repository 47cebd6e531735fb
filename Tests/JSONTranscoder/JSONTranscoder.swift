import ChatCore

/// Turns messages into JSON and back, so that another implementation can check the codec. Each line that comes in
/// has three columns, parted by tabs: `json`, the message's full name and its bytes as hex, or `protobuf`, the name
/// and JSON. Each line that goes out has two: `ok` and the other form, or `error` and the sentence.
@main
struct JSONTranscoder {
  static func main() {
    var codec = FrameCodec(decodingBytes: Limits().decodingBytes)
    while let line = readLine() {
      do throws(ChatError) {
        print("ok\t\(try transcode(line, &codec))")
      } catch {
        print("error\t\(error)")
      }
    }
  }

  private static func transcode(_ line: String, _ codec: inout FrameCodec) throws(ChatError) -> String {
    let columns = line.split(separator: "\t", maxSplits: 2, omittingEmptySubsequences: false)
    guard columns.count == 3, ["json", "protobuf"].contains(columns[0]) else {
      throw ChatError(.invalidArgument, "a line is json or protobuf, a message's name, and hex or JSON")
    }
    var buffer = FrameBuffer()
    let name = String(columns[1])
    if columns[0] == "json" {
      let bytes = bytes(hex: columns[2])
      try lend(bytes) { bytes throws(ChatError) in
        try codec.appendJSON(of: bytes, message: name, into: &buffer)
      }
      return String(decoding: buffer.readable, as: UTF8.self)
    }
    let text = Array(columns[2].utf8)
    try lend(text) { text throws(ChatError) in try codec.appendMessage(name, json: text, into: &buffer) }
    return buffer.readable.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }

  private static func lend(
    _ bytes: [UInt8], _ body: (UnsafeRawBufferPointer) throws(ChatError) -> Void
  ) throws(ChatError) {
    try bytes.withUnsafeBytes { bytes in Result { () throws(ChatError) in try body(bytes) } }.get()
  }

  private static func bytes(hex: Substring) -> [UInt8] {
    let digits = hex.compactMap { $0.hexDigitValue.map(UInt8.init) }
    return stride(from: 0, to: digits.count - 1, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
  }
}
