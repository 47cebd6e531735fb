import ChatCore
import Testing

@testable import ChatServer

/// What is refused, and how.
@Suite struct HTTPFailureTests {
  static let codes: [(ErrorCode, Int)] = [
    (.invalidArgument, 400), (.malformedFrame, 400), (.frameTooLarge, 413), (.notMember, 403),
    (.permissionDenied, 403), (.unauthenticated, 401), (.limitExceeded, 429), (.unavailable, 503),
    (.draining, 503), (.internal, 500), (.stalled, 500),
  ]

  @Test("The broker's refusals have a status, a code and a hint when to retry", arguments: codes)
  func status(_ code: ErrorCode, _ status: Int) async throws {
    var broker = ScriptedBroker()
    broker.failure = ChatError(code, "do this \"next\"", retryAfter: 1_001)
    try await withHTTP(broker) { address in
      try await HTTPTestConnection.open(address) { connection in
        let response = try await connection.request("GET", "/v1/conversations/group:x")
        #expect(response.status == status)
        #expect(response["Content-Type"] == "application/problem+json")
        #expect(response["Retry-After"] == "2")
        #expect(response["WWW-Authenticate"] == (status == 401 ? "Bearer realm=\"chat-broker\"" : nil))
        #expect(response.member("type") == "about:blank")
        #expect(response.member("detail") == "do this \"next\"")
        #expect(response.member("status", as: Int.self) == status)
        #expect(response.member("code") == "ERROR_CODE_\(code.description.uppercased())")
        #expect(response.member("retryAfterMs") == "1001")
      }
    }
  }

  @Test(
    "A limit that waiting does not help with is no 429: there is nothing to retry",
    arguments: [("body_bytes", 413), ("addresses_per_publish", 400)])
  func hopeless(_ limit: String, _ status: Int) async throws {
    var broker = ScriptedBroker()
    broker.failure = .limit(limit, "send less")
    try await withHTTP(broker) { address in
      try await HTTPTestConnection.open(address) { connection in
        let response = try await connection.request("GET", "/v1/conversations/group:x")
        #expect(response.status == status)
        #expect(response["Retry-After"] == nil)
        #expect(response.member("code") == "ERROR_CODE_LIMIT_EXCEEDED")
      }
    }
  }

  struct Refusal: Sendable, CustomTestStringConvertible {
    var method = "GET"
    var path: String
    var json: String?
    var headers: [String] = []
    var status = 400
    var says: String

    var code: String {
      switch status {
      case 400: "ERROR_CODE_INVALID_ARGUMENT"
      case 401: "ERROR_CODE_UNAUTHENTICATED"
      case 404: "NOT_FOUND"
      case 405: "METHOD_NOT_ALLOWED"
      case 411: "LENGTH_REQUIRED"
      case 415: "UNSUPPORTED_MEDIA_TYPE"
      default: "ERROR_CODE_LIMIT_EXCEEDED"
      }
    }

    var testDescription: String { "\(method) \(path) \(json ?? "") \(headers)" }
  }

  private static let publish = #"{"sender":"a","to":["user:b"],"text":""}"#

  private static let long = String(repeating: "a", count: 65)

  static let refusals = [
    Refusal(path: "/v1/nothing", status: 404, says: "nothing at this path"),
    Refusal(path: "/v1/conversations/", status: 404, says: "nothing at this path"),
    Refusal(method: "PATCH", path: "/v1/broker", status: 405, says: "use GET, HEAD"),
    Refusal(method: "OPTIONS", path: "/v1/publish", status: 405, says: "use POST"),
    Refusal(path: "/v1/broker?x=1", says: "this path has none"),
    Refusal(path: "/v1/sessions?limit=5&limit=6", says: "limit is there twice"),
    Refusal(path: "/v1/sessions?limit=0", says: "from 1 to 1000"),
    Refusal(path: "/v1/sessions?limit=+5", says: "from 1 to 1000"),
    Refusal(path: "/v1/sessions?limit=99999999999999999999", says: "from 1 to 1000"),
    Refusal(path: "/v1/conversations?after=", says: "after must be a name"),
    Refusal(path: "/v1/conversations/group:x/members?after=a%20b", says: "after must be a name"),
    Refusal(path: "/v1/sessions?order=Lag", says: "lag or age"),
    Refusal(path: "/v1/conversations/group:x/messages?after=1&before=2", says: "give one of"),
    Refusal(path: "/v1/conversations/group:x/messages?after=18446744073709551616", says: "after must be"),
    Refusal(path: "/v1/conversations/group:x/messages?before=0", says: "before must be 1 or more"),
    Refusal(path: "/v1/conversations/group:x/messages?fromStart=yes", says: "true or false"),
    Refusal(path: "/v1/conversations/group%3Ax%zz", says: "percent-encoded UTF-8"),
    Refusal(path: "/v1/conversations/group:%ff", says: "percent-encoded UTF-8"),
    Refusal(path: "/v1/conversations/group:%C3%A4", says: "is not allowed"),
    Refusal(path: "/v1/conversations/group:%00", says: "is not allowed"),
    Refusal(path: "/v1/conversations/user:ann", says: "direct:<a>:<b>"),
    Refusal(method: "PUT", path: "/v1/conversations/broadcast:x/members/ann", says: "only groups"),
    Refusal(method: "PUT", path: "/v1/conversations/group:x/members/a%2Fb", says: "user id"),
    Refusal(method: "POST", path: "/v1/publish", json: "", says: "not JSON"),
    Refusal(method: "POST", path: "/v1/publish", json: "{\"a\"", says: "not JSON"),
    Refusal(method: "POST", path: "/v1/publish", json: "[]", says: "the body must be an object"),
    Refusal(method: "POST", path: "/v1/publish", json: "{}", says: "sender is missing"),
    Refusal(
      method: "POST", path: "/v1/publish", json: #"{"sender":1,"to":["group:x"],"text":"t"}"#,
      says: "sender must be a string"),
    Refusal(
      method: "POST", path: "/v1/publish", json: #"{"sender":"a b","to":["group:x"],"text":"t"}"#,
      says: "user id"
    ),
    Refusal(
      method: "POST", path: "/v1/publish", json: #"{"sender":"ann","to":[],"text":"t"}"#, says: "to is empty"),
    Refusal(
      method: "POST", path: "/v1/publish", json: #"{"sender":"ann","to":[7],"text":"t"}"#,
      says: "to[0] must be a string"),
    Refusal(
      method: "POST", path: "/v1/publish", json: #"{"sender":"ann","to":["group:x"]}"#,
      says: "either as text or"),
    Refusal(
      method: "POST", path: "/v1/publish", json: #"{"sender":"ann","to":["group:x"],"body":"*"}"#,
      says: "base64 with padding"),
    Refusal(
      method: "POST", path: "/v1/publish", json: #"{"sender":"ann","to":["group:x"],"text":"t","bdy":""}"#,
      says: "bdy is not acceptable: there is no such member"),
    Refusal(
      method: "POST", path: "/v1/publish",
      json: #"{"sender":"ann","to":["group:x"],"text":"t","clientMessageId":"a"}"#,
      headers: ["Idempotency-Key: b"], says: "not another than the member"),
    Refusal(
      method: "POST", path: "/v1/publish/batch",
      json:
        #"{"publishes":[\#(publish),{"sender":"a","to":["user:b"],"text":"","clientMessageId":"\#(long)"}]}"#,
      says: "publishes[1]: clientMessageId has 65 bytes"),
    Refusal(
      method: "POST", path: "/v1/publish/batch",
      json: #"{"publishes":[\#(publish),\#(publish),{"sender":"a b","to":["user:b"],"text":""}]}"#,
      says: "publishes[2]: "),
    Refusal(
      method: "POST", path: "/v1/publish", json: #"{"sender":"a","sender":"b","to":["user:b"],"text":""}"#,
      says: "sender is there twice"),
    Refusal(
      method: "POST", path: "/v1/publish/batch",
      json: #"{"publishes":[\#(publish),{"sender":"a","to":["user:b"],"text":"","te\u0078t":""}]}"#,
      says: "publishes[1].text is there twice"),
    Refusal(method: "POST", path: "/v1/publish/batch", json: #"{"publishes":[]}"#, says: "1 to 100"),
    Refusal(
      method: "POST", path: "/v1/publish/batch",
      json: #"{"publishes":["# + Array(repeating: publish, count: 101).joined(separator: ",") + "]}",
      says: "1 to 100"),
    Refusal(
      method: "POST", path: "/v1/publish/batch", json: #"{"publishes":[{"sender":"a","to":["user:b"]},3]}"#,
      says: "publishes[1] must be an object"),
    Refusal(
      method: "POST", path: "/v1/publish/batch", json: #"{"publishes":[]}"#, headers: ["Idempotency-Key: b"],
      says: "give each publish its clientMessageId"),
    Refusal(
      method: "POST", path: "/v1/publish", headers: ["Content-Type: application/json"], status: 411,
      says: "Content-Length"),
    Refusal(
      method: "POST", path: "/v1/publish", headers: ["Content-Length: 0"], status: 415,
      says: "application/json"),
    Refusal(
      method: "POST", path: "/v1/publish",
      headers: ["Content-Length: 0", "Content-Type: application/json; charset=latin1"], status: 415,
      says: "application/json"),
    Refusal(method: "POST", path: "/v1/broker/drain", json: "{}", says: "takes no body"),
    Refusal(path: "/v1/broker", headers: ["Host: other"], says: "one Host"),
    Refusal(path: "/v1/broker", headers: ["Authorization: Bearer x"], status: 401, says: "once"),
    Refusal(path: "/" + String(repeating: "a", count: 9_000), status: 414, says: "8192 bytes"),
    Refusal(
      path: "/v1/broker", headers: ["X: " + String(repeating: "a", count: 17_000)], status: 431,
      says: "16384 bytes"),
    Refusal(
      path: "/v1/broker", headers: (0..<101).map { "X\($0): a" }, status: 431, says: "more than 100"),
  ]

  @Test("A refusal says what to do, and the connection goes on", arguments: refusals)
  func refusal(_ refusal: Refusal) async throws {
    let broker = ScriptedBroker()
    try await withHTTP(broker) { address in
      try await HTTPTestConnection.open(address) { connection in
        let response = try await connection.request(
          refusal.method, refusal.path, headers: refusal.headers, json: refusal.json)
        #expect(response.status == refusal.status)
        #expect(response.member("detail")?.contains(refusal.says) == true, "\(response.body)")
        #expect(response.member("code") == refusal.code)
        #expect(
          response["Allow"]
            == (refusal.status == 405 ? (refusal.path == "/v1/broker" ? "GET, HEAD" : "POST") : nil))
        #expect(broker.calls.withLockedValue { $0 }.isEmpty)
        #expect(try await connection.request("GET", "/v1/broker").status == 200)
      }
    }
  }

  @Test(
    "Without the key nothing of the broker is told",
    arguments: [
      "", "Authorization: \(adminKeyText)\r\n", "Authorization: Basic \(adminKeyText)\r\n",
      "Authorization: Bearer \(adminKeyText)x\r\n", "Authorization: Bearer \(adminKeyText.dropLast())\r\n",
      "Authorization: Bearer \r\n", "Authorization: Bearer\r\n",
    ])
  func unauthorized(_ header: String) async throws {
    let broker = ScriptedBroker()
    try await withHTTP(broker) { address in
      try await HTTPTestConnection.open(address) { connection in
        let open = Set(AdminRoutes.health(broker).map { $0.pattern.description })
        for route in AdminRoutes.all(broker) where !open.contains(route.pattern.description) {
          let path = route.pattern.description.replacing("{conversation}", with: "group:x")
          try await connection.send("\(route.method) \(path) HTTP/1.1\r\nHost: a\r\n\(header)\r\n")
          let response = try await connection.response()
          #expect(response.status == 401, "\(route.pattern)")
          #expect(response["WWW-Authenticate"] == "Bearer realm=\"chat-broker\"")
        }
        #expect(broker.calls.withLockedValue { $0 }.isEmpty)
      }
    }
  }

  @Test func `A body over the limit is refused before it has come, in one piece and in chunks`() async throws
  {
    var limits = HTTPLimits()
    limits.bodyBytes = 1_000
    limits.discardedBytes = 1_000
    try await withHTTP(limits: limits) { address in
      try await HTTPTestConnection.open(address) { connection in
        try await connection.send(
          HTTPTestConnection.text(
            "POST", "/v1/publish", headers: ["Content-Type: application/json", "Content-Length: 1001"]))
        let response = try await connection.response()
        #expect(response.status == 413)
        #expect(response.member("code") == "ERROR_CODE_LIMIT_EXCEEDED")
        #expect(response["Connection"] == "close")
        #expect(try await connection.rest().isEmpty)
      }
      try await HTTPTestConnection.open(address) { connection in
        try await connection.send(
          HTTPTestConnection.text(
            "POST", "/v1/publish", headers: ["Content-Type: application/json", "Transfer-Encoding: chunked"]))
        let chunk = "200\r\n" + String(repeating: " ", count: 512) + "\r\n"
        try await connection.send(chunk + chunk)
        #expect(try await connection.response().status == 413)
        #expect(try await connection.rest().isEmpty)
      }
    }
  }

  @Test func `A refused request's body is thrown away, up to a limit`() async throws {
    var limits = HTTPLimits()
    limits.discardedBytes = 100
    try await withHTTP(limits: limits) { address in
      try await HTTPTestConnection.open(address) { connection in
        let small = String(repeating: "GET / HTTP/1.1\r\n", count: 6)
        #expect(try await connection.request("POST", "/nothing", json: small).status == 404)
        #expect(try await connection.request("GET", "/v1/broker").status == 200)
        let response = try await connection.request("POST", "/nothing", json: small + small)
        #expect(response.status == 404)
        #expect(response["Connection"] == "close")
        #expect(try await connection.rest().isEmpty)
      }
    }
  }

  @Test(
    "What is not HTTP/1.1 is refused and the connection ends",
    arguments: [
      "\u{0}\u{1}\u{2}\r\n\r\n", "GET / HTTP/2.0\r\nHost: a\r\n\r\n", "GET  HTTP/1.1\r\n\r\n",
      "FROB / HTTP/1.1\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
    ])
  func garbage(_ text: String) async throws {
    try await withHTTP { address in
      try await HTTPTestConnection.open(address) { connection in
        try await connection.send(text)
        let response = try await connection.response()
        #expect(response.status == 400)
        #expect(response.member("detail")?.contains("RFC 9112") == true)
        #expect(response["Connection"] == "close")
        #expect(try await connection.rest().isEmpty)
      }
    }
  }

  @Test func `Header fields without end are refused while they come`() async throws {
    try await withHTTP { address in
      try await HTTPTestConnection.open(address) { connection in
        try await connection.send("GET / HTTP/1.1\r\nX: " + String(repeating: "a", count: 70_000))
        #expect(try await connection.response().status == 431)
        #expect(try await connection.rest().isEmpty)
      }
    }
  }

  @Test func `Every byte in a path is refused or served, and nothing traps`() async throws {
    try await withHTTP { address in
      for byte in UInt8.min...UInt8.max {
        try await HTTPTestConnection.open(address) { connection in
          let before = "GET /v1/conversations/group:"
          let after =
            " HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer \(adminKeyText)\r\nConnection: close\r\n\r\n"
          try await connection.send(bytes: Array(before.utf8) + [byte] + Array(after.utf8))
          let status = try await connection.response().status
          #expect([200, 400, 404].contains(status), "byte \(byte): \(status)")
        }
      }
    }
  }
}
