import ChatCore
import Foundation
import Testing

@testable import ChatServer

/// The description of the API and the API are the same thing.
@Suite struct OpenAPITests {
  private static var document: [String: Any] {
    guard let page = WebPages.all.first(where: { $0.file == "openapi.json" }) else { return [:] }
    let object = try? JSONSerialization.jsonObject(with: Data(page.body.readableBytesView))
    return object as? [String: Any] ?? [:]
  }

  private static let routes =
    AdminRoutes.all(ScriptedBroker())
    + WebPages.adminRoutes.filter { $0.pattern.description.hasPrefix("/v1") }

  private struct Operation {
    var name: String
    var path: [String: Any]
    var content: [String: Any]
  }

  private static func operations() throws -> [Operation] {
    let paths = try #require(document["paths"] as? [String: [String: Any]])
    return paths.flatMap { path, item in
      item.filter { $0.key != "parameters" }.map { method, operation in
        Operation(
          name: "\(method.uppercased()) \(path)", path: item, content: operation as? [String: Any] ?? [:])
      }
    }
  }

  @Test func `Routes and described operations are the same set`() throws {
    let described = try Self.operations().map(\.name).sorted()
    #expect(Self.routes.map { "\($0.method) \($0.pattern)" }.sorted() == described)
  }

  @Test func `Query parameters, bodies and keys are described as they are`() throws {
    for operation in try Self.operations() {
      let route = try #require(Self.routes.first { "\($0.method) \($0.pattern)" == operation.name })
      let parameters = try Self.parameters(operation)
      let query = parameters.filter { $0["in"] as? String == "query" }.compactMap { $0["name"] as? String }
      #expect(Set(query) == Set(route.query), "\(operation.name)")
      let inPath = Set(
        parameters.filter { $0["in"] as? String == "path" }.compactMap { $0["name"] as? String })
      let pattern = route.pattern.description
      #expect(inPath == Set(pattern.matches(of: /\{(\w+)\}/).map { String($0.1) }), "\(operation.name)")
      #expect((operation.content["requestBody"] != nil) == (route.body == .json), "\(operation.name)")
      let isOpen = (operation.content["security"] as? [Any])?.isEmpty == true
      #expect(isOpen == (route.access == .open), "\(operation.name)")
    }
  }

  @Test func `Every operation has its possible refusals`() throws {
    for operation in try Self.operations() {
      let route = try #require(Self.routes.first { "\($0.method) \($0.pattern)" == operation.name })
      let statuses = Set(try #require(operation.content["responses"] as? [String: Any]).keys)
      var expected: Set = ["400", "405", "414", "431"]
      if route.access == .key { expected.formUnion(["401", "500"]) }
      if route.body == .json { expected.formUnion(["411", "413", "415"]) }
      #expect(statuses.isSuperset(of: expected), "\(operation.name)")
    }
  }

  @Test func `References lead somewhere, and all error codes are listed`() throws {
    func check(_ value: Any) {
      if let object = value as? [String: Any] {
        if let reference = object["$ref"] as? String {
          #expect(Self.resolve(reference) != nil, "\(reference)")
        }
        object.values.forEach(check)
      } else if let array = value as? [Any] {
        array.forEach(check)
      }
    }
    check(Self.document)
    let schema = try #require(Self.resolve("#/components/schemas/ErrorCode"))
    let names = try #require(schema["enum"] as? [String])
    // A code that is not known has a number for a name.
    for code in (Int32(1)...100).map(ErrorCode.init) where code.description != "code_\(code.rawValue)" {
      #expect(names.contains(code.jsonName))
    }
  }

  private static func parameters(_ operation: Operation) throws -> [[String: Any]] {
    let all =
      (operation.path["parameters"] as? [[String: Any]] ?? [])
      + (operation.content["parameters"] as? [[String: Any]] ?? [])
    return try all.map { parameter in
      guard let reference = parameter["$ref"] as? String else { return parameter }
      return try #require(resolve(reference))
    }
  }

  private static func resolve(_ reference: String) -> [String: Any]? {
    var value: Any? = document
    for key in reference.dropFirst(2).split(separator: "/") {
      value = (value as? [String: Any])?[String(key)]
    }
    return value as? [String: Any]
  }
}
