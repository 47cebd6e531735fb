import ChatCore
import NIOCore
import Testing

@testable import ChatServer

/// How requests and responses follow one another on a connection.
@Suite struct HTTPConnectionTests {
  @Test func `A connection serves one request after the other`() async throws {
    try await withHTTP { address in
      try await HTTPTestConnection.open(address) { connection in
        for _ in 1...20 {
          let response = try await connection.request("GET", "/v1/broker")
          #expect(response.status == 200)
          #expect(response["Connection"] == nil)
          #expect(response["Date"]?.hasSuffix(" GMT") == true)
        }
      }
    }
  }

  @Test func `Requests sent ahead are answered in order, slow ones and refused ones`() async throws {
    var broker = ScriptedBroker()
    broker.delay = .milliseconds(50)
    try await withHTTP(broker) { address in
      try await HTTPTestConnection.open(address) { connection in
        let publish = #"{"sender":"ann","to":["group:x"],"text":"hi"}"#
        try await connection.send(
          HTTPTestConnection.text("POST", "/v1/publish", json: publish)
            + HTTPTestConnection.text("GET", "/nothing")
            + HTTPTestConnection.text("GET", "/v1/users/ann/presence")
            + HTTPTestConnection.text("POST", "/v1/publish", json: publish)
            + HTTPTestConnection.text("PUT", "/v1/broker"))
        for status in [200, 404, 200, 200, 405] {
          #expect(try await connection.response().status == status)
        }
      }
    }
  }

  @Test func `Thousands of requests sent ahead do not overflow the stack`() async throws {
    var broker = ScriptedBroker()
    broker.delay = .milliseconds(100)
    try await withHTTP(broker) { address in
      try await HTTPTestConnection.open(address) { connection in
        let first = HTTPTestConnection.text(
          "POST", "/v1/publish", json: #"{"sender":"ann","to":["group:x"],"text":"hi"}"#)
        let more = 5_000
        let text = first + String(repeating: "GET /x HTTP/1.1\r\nHost:a\r\n\r\n", count: more)
        let wire = connection.outbound
        async let sending: Void = wire.write(ByteBuffer(string: text))
        #expect(try await connection.response().status == 200)
        var refused = 0
        while refused < more, try await connection.response().status == 404 { refused += 1 }
        #expect(refused == more)
        try await sending
      }
    }
  }

  @Test func `A request that comes byte by byte is served`() async throws {
    try await withHTTP { address in
      try await HTTPTestConnection.open(address) { connection in
        let json = #"{"sender":"ann","to":["group:x"],"text":"hi"}"#
        for byte in HTTPTestConnection.text("POST", "/v1/publish", json: json).utf8 {
          try await connection.send(bytes: [byte])
        }
        #expect(try await connection.response().status == 200)
      }
    }
  }

  @Test func `A body in chunks is served`() async throws {
    let broker = ScriptedBroker()
    try await withHTTP(broker) { address in
      try await HTTPTestConnection.open(address) { connection in
        try await connection.send(
          HTTPTestConnection.text(
            "POST", "/v1/publish",
            headers: ["Content-Type: Application/JSON; Charset=UTF-8", "Transfer-Encoding: chunked"]))
        for piece in [#"{"sender":"ann","#, #""to":["group:x"],"text":"hi"}"#] {
          try await connection.send("\(String(piece.utf8.count, radix: 16))\r\n\(piece)\r\n")
        }
        try await connection.send("0\r\n\r\n")
        #expect(try await connection.response().status == 200)
        #expect(broker.calls.withLockedValue { $0.count } == 1)
      }
    }
  }

  @Test func `HEAD has the header fields of GET and no body`() async throws {
    try await withHTTP { address in
      try await HTTPTestConnection.open(address) { connection in
        for path in ["/v1/broker", "/admin", "/nothing"] {
          let get = try await connection.request("GET", path)
          let head = try await connection.request("HEAD", path)
          #expect(head.status == get.status)
          #expect(head["Content-Length"] == get["Content-Length"])
          #expect(head["Content-Type"] == get["Content-Type"])
          #expect(head["ETag"] == get["ETag"])
        }
      }
    }
  }

  @Test(
    "A connection ends after its response if the client wants it to, or cannot go on",
    arguments: [
      "GET /nothing HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", "GET /nothing HTTP/1.0\r\n\r\n",
      "GET /nothing HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: h2c\r\n\r\n",
      "CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n",
    ])
  func close(_ request: String) async throws {
    try await withHTTP { address in
      try await HTTPTestConnection.open(address) { connection in
        try await connection.send(request + "GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        let response = try await connection.response()
        #expect([400, 404].contains(response.status))
        #expect(response["Connection"] == "close")
        #expect(try await connection.rest().isEmpty)
      }
    }
  }

  @Test func `HTTP/1.0 can keep a connection, and needs no Host`() async throws {
    try await withHTTP { address in
      try await HTTPTestConnection.open(address) { connection in
        for _ in 1...2 {
          try await connection.send("GET /v1/openapi.json HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
          let response = try await connection.response()
          #expect(response.status == 200)
          #expect(response["Connection"] == "keep-alive")
        }
      }
    }
  }

  @Test func `Who asks before sending a body is told to go on, or why not`() async throws {
    try await withHTTP { address in
      let json = #"{"sender":"ann","to":["group:x"],"text":"hi"}"#
      let headers = [
        "Expect: 100-continue", "Content-Type: application/json", "Content-Length: \(json.utf8.count)",
      ]
      try await HTTPTestConnection.open(address) { connection in
        try await connection.send(HTTPTestConnection.text("POST", "/v1/publish", headers: headers))
        #expect(try await connection.response(hasBody: false).status == 100)
        try await connection.send(json)
        #expect(try await connection.response().status == 200)
      }
      try await HTTPTestConnection.open(address) { connection in
        try await connection.send(HTTPTestConnection.text("POST", "/nothing", headers: headers))
        let response = try await connection.response()
        #expect(response.status == 404)
        #expect(response["Connection"] == "close")
      }
    }
  }

  @Test func `A client that leaves while it is answered harms nobody`() async throws {
    var broker = ScriptedBroker()
    broker.delay = .milliseconds(50)
    try await withHTTP(broker) { address in
      let publish = HTTPTestConnection.text(
        "POST", "/v1/publish", json: #"{"sender":"ann","to":["group:x"],"text":"hi"}"#)
      for text in [publish, publish + publish, String(publish.dropLast(3)), "GET / HT"] {
        try await HTTPTestConnection.open(address) { try await $0.send(text) }
      }
      try await Task.sleep(for: .milliseconds(100))
      try await HTTPTestConnection.open(address) { connection in
        let response = try await connection.request("GET", "/v1/broker")
        #expect(response.status == 200)
      }
    }
  }

  @Test func `A client that ends its side only gets its response`() async throws {
    var broker = ScriptedBroker()
    broker.delay = .milliseconds(50)
    guard let key = AdminKey(adminKeyText) else { return }
    let responder = HTTPResponder.admin(
      broker: broker, key: CurrentAdminKey(key), logger: .init(label: "test"))
    try await withHTTP(responder, halfClosure: true) { address in
      try await HTTPTestConnection.open(address) { connection in
        try await connection.send(
          HTTPTestConnection.text(
            "POST", "/v1/publish", json: #"{"sender":"ann","to":["group:x"],"text":"hi"}"#))
        connection.finish()
        #expect(try await connection.response().status == 200)
        #expect(try await connection.rest().isEmpty)
      }
    }
  }

  @Test func `Dates have the form of RFC 9110`() {
    #expect(HTTPDate.format(784_111_777) == "Sun, 06 Nov 1994 08:49:37 GMT")
    #expect(HTTPDate.format(1_709_164_800) == "Thu, 29 Feb 2024 00:00:00 GMT")
  }

  @Test func `Keys are compared whole, and never printed`() {
    #expect(AdminKey("short") == nil)
    #expect(AdminKey("0123456789 abcdef") == nil)
    let key = AdminKey(adminKeyText)
    #expect(key?.matches(adminKeyText[...]) == true)
    for wrong in ["", "x", adminKeyText + adminKeyText, String(adminKeyText.dropLast()) + "z"] {
      #expect(key?.matches(wrong[...]) == false)
    }
    #expect("\(String(describing: key))".contains("0123") == false)
  }
}
