/// A member's name that is not known beforehand.
struct AnyKey: CodingKey {
  let stringValue: String
  var intValue: Int? { nil }

  init(stringValue: String) { self.stringValue = stringValue }
  init?(intValue: Int) { nil }
}

extension Decoder {
  /// A misspelt member would otherwise be taken for one that was left out.
  ///
  /// - Throws: a refusal that names the member, and those that are known.
  func refuseUnknownMembers<Key: CodingKey & CaseIterable>(_ known: Key.Type) throws {
    let names = Key.allCases.map(\.stringValue)
    for key in try container(keyedBy: AnyKey.self).allKeys where !names.contains(key.stringValue) {
      throw DecodingError.dataCorrupted(
        .init(
          codingPath: codingPath + [key],
          debugDescription: "there is no such member, but \(names.joined(separator: ", "))"))
    }
  }
}
