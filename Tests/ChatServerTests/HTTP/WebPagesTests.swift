import Foundation
import Logging
import Testing

@testable import ChatServer

@Suite struct WebPagesTests {
  private static let folder = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().appending(path: "../../../Sources/CWebPages/web").standardizedFileURL

  @Test func `All files of the web folder are linked into the program`() throws {
    let files = try FileManager.default.subpathsOfDirectory(atPath: Self.folder.path)
      .filter { !$0.hasSuffix(".md") && $0.contains(".") }
    #expect(Set(files) == Set(WebPages.all.map(\.file)))
    for page in WebPages.all {
      let bytes = try Data(contentsOf: Self.folder.appending(path: page.file))
      #expect(Array(page.body.readableBytesView) == Array(bytes), "\(page.file)")
    }
  }

  @Test func `The public listener has the chat page and nothing of the API`() async throws {
    let responder = HTTPResponder.publicPages(logger: Logger(label: "test"))
    try await withHTTP(responder) { address in
      try await HTTPTestConnection.open(address) { connection in
        for (path, type) in [
          ("/", "text/html; charset=utf-8"), ("/chat.js", "text/javascript; charset=utf-8"),
          ("/chat.css", "text/css; charset=utf-8"),
        ] {
          let response = try await connection.request("GET", path)
          #expect(response.status == 200, "\(path)")
          #expect(response["Content-Type"] == type)
          #expect(response["Cache-Control"] == "no-cache")
          #expect(response["X-Content-Type-Options"] == "nosniff")
          #expect(response["Referrer-Policy"] == "no-referrer")
          try expectStrictPolicy(response)
        }
        for path in [
          "/v1/broker", "/v1/openapi.json", "/admin", "/admin/admin.js", "/index.html", "/..%2Fpages.c",
        ] {
          #expect(try await connection.request("GET", path).status == 404, "\(path)")
        }
        let webSocket = try await connection.request("GET", "/v1/ws")
        #expect(webSocket.status == 426)
        #expect(webSocket["Upgrade"] == "websocket")
        #expect(try await connection.request("POST", "/").status == 405)
      }
    }
  }

  @Test func `The admin listener has the console without a key, and not the chat page`() async throws {
    try await withHTTP { address in
      try await HTTPTestConnection.open(address) { connection in
        for path in ["/admin", "/admin/", "/admin/admin.js", "/v1/openapi.json"] {
          try await connection.send("GET \(path) HTTP/1.1\r\nHost: a\r\n\r\n")
          let response = try await connection.response()
          #expect(response.status == 200, "\(path)")
          if path.hasPrefix("/admin") { try expectStrictPolicy(response) }
        }
        #expect(try await connection.request("GET", "/").status == 404)
        #expect(try await connection.request("GET", "/v1/openapi.json")["Content-Type"] == "application/json")
      }
    }
  }

  /// Scripts and styles are files of the broker alone: text that somebody has sent can be neither.
  private func expectStrictPolicy(_ response: HTTPTestConnection.Response) throws {
    let policy = try #require(response["Content-Security-Policy"])
    var directives: [Substring: [Substring]] = [:]
    for directive in policy.split(separator: ";") {
      let words = directive.split(separator: " ")
      directives[try #require(words.first)] = Array(words.dropFirst())
    }
    #expect(directives["default-src"] == ["'none'"])
    #expect(directives["script-src"] == ["'self'"])
    #expect(directives["style-src"] == ["'self'"])
    #expect(!policy.contains("unsafe"))
  }

  @Test func `A page that the browser has is not sent again`() async throws {
    try await withHTTP { address in
      try await HTTPTestConnection.open(address) { connection in
        let tag = try #require(try await connection.request("GET", "/admin")["ETag"])
        for known in [tag, "W/\(tag)", "\"x\", \(tag)", "*"] {
          let response = try await connection.request("GET", "/admin", headers: ["If-None-Match: \(known)"])
          #expect(response.status == 304, "\(known)")
          #expect(response["ETag"] == tag)
          #expect(response["Content-Length"] == nil && response["Content-Type"] == nil)
        }
        let other = try await connection.request("GET", "/admin", headers: ["If-None-Match: \"x\""])
        #expect(other.status == 200)
      }
    }
  }
}
