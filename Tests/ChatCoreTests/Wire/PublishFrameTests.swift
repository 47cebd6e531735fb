import Testing

@testable import ChatCore

/// Publishes to one address are read field by field, all other frames by libprotobuf-c.
struct PublishFrameTests {
  private static let text = [UInt8]("group:a".utf8)
  /// The address alone.
  private static let to = Raw.bytes(1, text)

  private static let plain: [[UInt8]] = [
    Raw.number(1, 7) + Raw.bytes(3, to),
    Raw.number(1, .max) + Raw.bytes(3, to + Raw.bytes(4, [0, 1, 0xff])),
    Raw.bytes(3, Raw.bytes(1, [UInt8]("user:bo".utf8)) + Raw.bytes(2, text) + Raw.bytes(5, text)),
    Raw.number(1, 0) + Raw.bytes(3, Raw.bytes(1, [UInt8]("støtte".utf8)) + Raw.bytes(3, [UInt8]("té".utf8))),
    // A number that is longer than needed, and a field that is empty.
    [0x08, 0x85, 0x80, 0x00] + Raw.bytes(3, to + [2 << 3 | 2, 0x80, 0x00]),
    Raw.bytes(3, to + Raw.bytes(4, [UInt8](repeating: 7, count: 70_000))),
  ]

  private static let other: [[UInt8]] = [
    // No publish, no address, two, none that is text.
    [], Raw.number(1, 7), Raw.bytes(3, []), Raw.bytes(10, []), Raw.bytes(3, Raw.bytes(1, [])),
    Raw.bytes(3, to + to), Raw.bytes(3, Raw.bytes(1, [0xff])), Raw.bytes(3, Raw.bytes(1, [0x61, 0])),
    Raw.bytes(3, Raw.number(1, 7)),
    // In another order, twice, unknown.
    Raw.bytes(3, to) + Raw.number(1, 7), Raw.bytes(3, Raw.bytes(2, text) + to),
    Raw.number(1, 7) + Raw.bytes(3, to) + Raw.bytes(3, Raw.bytes(2, text)),
    Raw.bytes(3, to + Raw.bytes(2, text) + Raw.bytes(2, text)),
    Raw.bytes(3, to + Raw.number(9, 1)), Raw.bytes(3, to) + Raw.number(99, 1),
    // Not whole.
    [UInt8](Raw.bytes(3, to).dropLast()), [0x08], [0x08, 0xff], [3 << 3 | 2], [3 << 3 | 2, 0xff],
    Raw.bytes(3, to + [4 << 3 | 2]), Raw.bytes(3, to + [4 << 3 | 2, 0x80]),
    // Lengths of more than the bytes, and of more bytes than libprotobuf-c reads.
    Raw.bytes(3, [1 << 3 | 2, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01]),
    Raw.bytes(3, [1 << 3 | 2, 0x81, 0x80, 0x80, 0x80, 0x80, 0x00, 0x61]),
  ]

  private func publish(in bytes: [UInt8]) -> ClientFrame? {
    bytes.withUnsafeBytes { bytes in
      guard let read = FrameCodec.publish(in: bytes), let to = read.addressText else { return nil }
      return owned(
        ClientFrame(requestID: read.requestID, body: .publish(ClientFrame.Publish(to: to, read.fields))))
    }
  }

  private func unpacked(_ bytes: [UInt8]) -> ClientFrame? {
    var codec = FrameCodec(decodingBytes: decodingBytes)
    return bytes.withUnsafeBytes { bytes in (try? codec.unpackClientFrame(bytes)).map(owned) }
  }

  @Test(arguments: plain)
  func `a publish to one address is what libprotobuf-c makes of it`(bytes: [UInt8]) throws {
    let frame = try #require(publish(in: bytes))
    #expect(frame == unpacked(bytes))
  }

  @Test(arguments: other)
  func `what is anything else is left to libprotobuf-c`(bytes: [UInt8]) {
    #expect(publish(in: bytes) == nil)
  }

  @Test func `the address and the body of a publish lie where they were`() {
    let name = [UInt8]("group:a".utf8)
    let bytes = Raw.bytes(3, Raw.bytes(1, name) + Raw.bytes(4, [1, 2, 3]))
    bytes.withUnsafeBytes { bytes in
      guard let frame = FrameCodec.publish(in: bytes) else {
        Issue.record("no publish")
        return
      }
      #expect(frame.address.elementsEqual(name))
      #expect(frame.address.baseAddress == bytes.baseAddress.map { $0 + 4 })
      #expect(frame.fields.body.elementsEqual([1, 2, 3]))
      #expect(frame.fields.body.baseAddress == bytes.baseAddress.map { $0 + bytes.count - 3 })
    }
  }
}

/// The frame with a body of its own.
private func owned(_ frame: ClientFrame) -> ClientFrame {
  guard case .publish(var publish) = frame.body else { return frame }
  publish.body = publish.body.owned
  return ClientFrame(requestID: frame.requestID, body: .publish(publish))
}
