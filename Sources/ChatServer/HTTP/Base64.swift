#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation  // Of Apple's systems, which have no smaller one.
#endif

/// Bytes as base64, with padding.
struct Base64: Codable, Sendable {
  var bytes: [UInt8]

  init(_ bytes: [UInt8]) {
    self.bytes = bytes
  }

  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    do {
      bytes = [UInt8](try container.decode(Data.self))
    } catch DecodingError.dataCorrupted {
      throw DecodingError.dataCorruptedError(in: container, debugDescription: "use base64 with padding")
    }
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(Data(bytes))
  }
}
