import Foundation
import Testing

@testable import ChatTelemetry

@Suite struct LogFieldTests {
  /// As far as it says which fields there are.
  private struct Template: Decodable {
    struct Settings: Decodable { let mappings: Field }
    struct Field: Decodable {
      let type: String?
      let properties: [String: Field]?
    }
    let template: Settings
  }

  private func fieldsOfTemplate() throws -> [String: String] {
    let folder = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
    let file = "/\(folder)/Deploy/logging/elasticsearch-index-template.json"
    let template = try JSONDecoder().decode(Template.self, from: Data(contentsOf: URL(filePath: file)))
    var fields: [String: String] = [:]
    func walk(_ field: Template.Field, _ prefix: String) {
      for (name, inner) in field.properties ?? [:] {
        if let type = inner.type { fields[prefix + name] = type } else { walk(inner, "\(prefix)\(name).") }
      }
    }
    walk(template.template.mappings, "")
    return fields
  }

  @Test func `the index template has all fields of the broker with their types, and no others`() throws {
    var expected = Dictionary(uniqueKeysWithValues: LogField.all.map { ($0.name, $0.kind.rawValue) })
    expected[LogField.labels] = "object"
    #expect(try fieldsOfTemplate() == expected)
  }

  @Test func `a name is there once`() {
    #expect(Set(LogField.all.map(\.name)).count == LogField.all.count)
  }

  @Test(arguments: [
    ("chat.loop", "chat.loop"), ("loop", "chat.loop"), ("client.address", "client.address"),
    ("unknown", "labels.unknown"), ("a.b c", "labels.a_b_c"), ("ä", "labels.__"),
  ])
  func `metadata goes to the field of that name, to ours, or to a label`(key: String, name: String) {
    #expect(LogField.name(of: key) == name)
  }

  @Test func `a label's name is bounded`() {
    #expect(LogField.name(of: String(repeating: "x", count: 500)).utf8.count == 71)
  }
}
