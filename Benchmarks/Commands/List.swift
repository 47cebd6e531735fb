import ArgumentParser

/// Names with commas between them.
enum List {
  static func read<Name: RawRepresentable & CaseIterable>(
    _ option: String, _ text: String, of type: Name.Type
  ) throws -> [Name] where Name.RawValue == String {
    try text.split(separator: ",").map { part in
      guard let name = Name(rawValue: String(part)) else {
        let known = Name.allCases.map(\.rawValue).joined(separator: ", ")
        throw ValidationError("\(option): there is no \(part); there are \(known)")
      }
      return name
    }
  }
}
