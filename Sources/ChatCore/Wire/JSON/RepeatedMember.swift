/// Finds out whether an object has a member twice: programs differ in which of both they take.
package enum RepeatedMember {
  /// Where the first member is that is there twice, such as `publishes[3].to`; nil if there is none, or if the text is
  /// not JSON or nested too deep for ``JSONReader``.
  package static func path(in json: UnsafeRawBufferPointer) -> String? {
    var reader = JSONReader(json)
    guard let path = try? find(in: &reader) else { return nil }
    // In front of the first name there is nothing for a point to part.
    return path.hasPrefix(".") ? String(path.dropFirst()) : path
  }

  /// The path is put together on the way back: texts with long names cost no more than their own length.
  private static func find(in reader: inout JSONReader) throws(ChatError) -> String? {
    switch try reader.next() {
    case .object: return try findInObject(&reader)
    case .array: return try findInArray(&reader)
    default:
      try reader.skip()
      return nil
    }
  }

  private static func findInObject(_ reader: inout JSONReader) throws(ChatError) -> String? {
    try reader.enter()
    var names: Set<String> = []
    var isFirst = true
    while let member = try reader.nextMember(&isFirst) {
      let name = member.text
      guard names.insert(name).inserted else { return ".\(name)" }
      if let path = try find(in: &reader) { return ".\(name)\(path)" }
    }
    return nil
  }

  private static func findInArray(_ reader: inout JSONReader) throws(ChatError) -> String? {
    try reader.enter()
    var index = 0
    var isFirst = true
    while try reader.nextElement(&isFirst) {
      if let path = try find(in: &reader) { return "[\(index)]\(path)" }
      index += 1
    }
    return nil
  }
}

extension JSONString {
  fileprivate var text: String {
    guard hasEscapes else { return String(decoding: raw, as: UTF8.self) }
    return String(unsafeUninitializedCapacity: count) { memory in
      guard let start = memory.baseAddress else { return 0 }
      write(to: UnsafeMutableRawPointer(start))
      return count
    }
  }
}
