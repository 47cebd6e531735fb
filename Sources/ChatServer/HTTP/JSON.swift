import ChatCore
import NIOCore

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation  // Of Apple's systems, which have no smaller one.
#endif

/// JSON bodies to and from Swift values.
enum JSON {
  /// - Throws: what the value throws.
  static func encode(_ value: some Encodable) throws -> ByteBuffer {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return ByteBuffer(bytes: try encoder.encode(value))
  }

  /// - Throws: a refusal that names the member which is wrong.
  static func decode<Value: Decodable>(_ type: Value.Type, from body: ByteBuffer) throws(HTTPFailure) -> Value
  {
    // The decoder would take one of both, and a proxy in front of it perhaps the other one.
    if let path = body.withUnsafeReadableBytes({ RepeatedMember.path(in: $0) }) {
      throw .badRequest("\(path) is there twice: write it once")
    }
    do {
      return try JSONDecoder().decode(type, from: Data(body.readableBytesView))
    } catch let failure as HTTPFailure {
      throw failure
    } catch let error as DecodingError {
      throw .badRequest(sentence(error))
    } catch {
      throw .badRequest("the body is not JSON: send a JSON object in UTF-8")
    }
  }

  private static func sentence(_ error: DecodingError) -> String {
    switch error {
    case .keyNotFound(let key, let context):
      return "\(path(context.codingPath + [key])) is missing from the body"
    case .typeMismatch(let type, let context):
      return "\(path(context.codingPath)) must be \(name(of: type))"
    case .valueNotFound(let type, let context):
      return "\(path(context.codingPath)) is null: it must be \(name(of: type))"
    case .dataCorrupted(let context) where context.codingPath.isEmpty:
      return "the body is not JSON: send a JSON object in UTF-8"
    case .dataCorrupted(let context):
      return "\(path(context.codingPath)) is not acceptable: \(context.debugDescription)"
    @unknown default:
      return "the body is not acceptable: compare it with /v1/openapi.json"
    }
  }

  /// A place in a document as people write it: `publishes[3].to`.
  private static func path(_ keys: [any CodingKey]) -> String {
    guard !keys.isEmpty else { return "the body" }
    var path = ""
    for key in keys {
      if let index = key.intValue {
        path += "[\(index)]"
      } else {
        path += path.isEmpty ? key.stringValue : ".\(key.stringValue)"
      }
    }
    return path
  }

  private static func name(of type: Any.Type) -> String {
    switch type {
    case is String.Type: "a string"
    case is Bool.Type: "true or false"
    case is any Collection.Type where "\(type)".hasPrefix("Dictionary"): "an object"
    case is any Collection.Type: "an array"
    default: "a value of another type: compare it with /v1/openapi.json"
    }
  }
}
