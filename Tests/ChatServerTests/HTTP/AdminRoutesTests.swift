import ChatCore
import Testing

@testable import ChatServer

/// Every route, over a socket, before a scripted broker.
@Suite struct AdminRoutesTests {
  struct Example: Sendable, CustomTestStringConvertible {
    var method: String
    var path: String
    var json: String?
    var status = 200
    var answer: String?
    var call: String?

    var testDescription: String { "\(method) \(path)" }
  }

  static let lobby =
    #"{"conversation":"group:lobby","epoch":"7","firstSequence":"1","kind":"group","#
    + #""lastSequence":"18446744073709551615","members":2}"#
  static let session =
    #"{"client":"c","connectedAt":"4","conversations":1,"device":"d\"","isWritable":true,"lagMessages":"0","#
    + #""outboxBytes":0,"session":"0-1-2","transport":"websocket-json","user":"ann"}"#
  static let broker =
    #"{"limits":{"addressesPerPublish":0,"bodyBytes":65536,"frameBytes":0,"heartbeatIntervalMs":0,"#
    + #""historyPageMessages":0,"idleTimeoutMs":0,"serverFrameBytes":0},"#
    + #""listeners":[{"address":"127.0.0.1:7400","name":"tcp"}],"loops":2,"node":"n","startedAt":"3","#
    + #""state":"running","version":"1"}"#
  static let receipt =
    #"{"conversation":"group:x","duplicate":false,"recipientsOnline":1,"recipientsTotal":2,"#
    + #""sequence":"18446744073709551615","time":"1764000000000","to":"group:x"}"#
  static let refusal =
    #"{"conversation":"group:closed","error":{"code":"ERROR_CODE_NOT_MEMBER","message":"join first","#
    + #""retryAfterMs":"0"},"to":"group:closed"}"#
  static let messages =
    #"{"conversation":"group:lobby","epoch":"7","firstSequence":"1","lastSequence":"2","messages":[{"#
    + #""body":"aGk=","contentType":"","conversation":"group:lobby","sender":"ann","sequence":"1","text":"hi","#
    + #""time":"5"},{"body":"AA==","contentType":"application/octet-stream","conversation":"group:lobby","#
    + #""sender":"ann","sequence":"2","time":"5"}]}"#

  static let health = healthy("accepting", "descriptors", "disk", "loops", "memory", "store", "tokens")

  static func healthy(_ checks: String...) -> String {
    let checks = checks.map { #""\#($0)":{"detail":"well","passed":true,"status":"ok"}"# }
    return #"{"checks":{"# + checks.joined(separator: ",") + #"},"status":"ok"}"#
  }

  static let examples = [
    Example(
      method: "POST", path: "/v1/publish",
      json:
        #"{"sender":"ann","to":["group:x"],"text":"hi","clientMessageId":"k1","contentType":"text/plain"}"#,
      answer: #"{"receipts":["# + receipt + "]}", call: #"publish ann ["group:x"] k1 text/plain  hi"#),
    Example(
      method: "POST", path: "/v1/publish",
      json: #"{"sender":"ann","to":["group:x","group:closed"],"body":"aGk="}"#,
      answer: #"{"receipts":["# + receipt + "," + refusal + "]}",
      call: #"publish ann ["group:x", "group:closed"]    hi"#),
    Example(
      method: "POST", path: "/v1/publish/batch",
      json: #"{"publishes":[{"sender":"ann","to":["group:x"],"text":"hi"}]}"#,
      answer: #"{"results":[{"receipts":["# + receipt + "]}]}", call: #"publish ann ["group:x"]    hi"#),
    Example(
      method: "GET", path: "/v1/conversations?after=group:a+b/c&limit=2",
      answer: #"{"conversations":["# + lobby + "," + lobby + #"],"next":"group:lobby"}"#,
      call: "conversations after group:a+b/c limit 3"),
    Example(
      method: "GET", path: "/v1/conversations",
      answer: #"{"conversations":["# + [lobby, lobby, lobby].joined(separator: ",") + "]}",
      call: "conversations after - limit 101"),
    Example(
      method: "GET", path: "/v1/conversations/group:lobby", answer: lobby, call: "conversation group:lobby"),
    Example(
      method: "GET", path: "/v1/conversations/group%3Aa%2Fb%40c+d", call: "conversation group:a/b@c+d"),
    Example(method: "GET", path: "/v1/conversations/direct:bob:ann", call: "conversation direct:ann:bob"),
    Example(method: "GET", path: "/v1/conversations/group:none", status: 404),
    Example(
      method: "GET", path: "/v1/conversations/group:lobby/messages", answer: messages,
      call: "history group:lobby after 0 before 0 limit 100 fromStart false"),
    Example(
      method: "GET", path: "/v1/conversations/group:lobby/messages?after=5&limit=7",
      call: "history group:lobby after 5 before 0 limit 7 fromStart false"),
    Example(
      method: "GET", path: "/v1/conversations/group:lobby/messages?after=0",
      call: "history group:lobby after 0 before 0 limit 100 fromStart true"),
    Example(
      method: "GET", path: "/v1/conversations/group:lobby/messages?before=18446744073709551615",
      call: "history group:lobby after 0 before 18446744073709551615 limit 100 fromStart false"),
    Example(
      method: "GET", path: "/v1/conversations/group:lobby/messages?fromStart=true",
      call: "history group:lobby after 0 before 0 limit 100 fromStart true"),
    Example(method: "GET", path: "/v1/conversations/group:none/messages", status: 404),
    Example(
      method: "GET", path: "/v1/conversations/group:lobby/members?limit=1",
      answer: #"{"members":[{"delivered":"1","read":"0","user":"ann"}],"next":"ann"}"#,
      call: "members group:lobby after - limit 2"),
    Example(
      method: "GET", path: "/v1/conversations/group:lobby/members?after=al",
      answer:
        #"{"members":[{"delivered":"1","read":"0","user":"ann"},{"delivered":"2","read":"1","user":"bob"}]}"#,
      call: "members group:lobby after al limit 101"),
    Example(method: "GET", path: "/v1/conversations/group:none/members", status: 404),
    Example(
      method: "PUT", path: "/v1/conversations/group:lobby/members/ann", answer: lobby,
      call: "add ann to group:lobby"),
    Example(
      method: "DELETE", path: "/v1/conversations/group:lobby/members/ann", status: 204, answer: "",
      call: "remove ann from group:lobby"),
    Example(
      method: "GET", path: "/v1/users/ann/presence", answer: #"{"online":true,"sessions":2,"user":"ann"}"#),
    Example(
      method: "GET", path: "/v1/users/bob/presence", answer: #"{"online":false,"sessions":0,"user":"bob"}"#),
    Example(method: "GET", path: "/v1/users/ann/sessions", answer: #"{"sessions":["# + session + "]}"),
    Example(method: "GET", path: "/v1/users/bob/sessions", answer: #"{"sessions":[]}"#),
    Example(method: "DELETE", path: "/v1/users/ann/sessions", answer: #"{"disconnected":2}"#),
    Example(
      method: "GET", path: "/v1/sessions", answer: #"{"sessions":["# + session + #"],"total":9}"#,
      call: "sessions limit 100 order age"),
    Example(method: "GET", path: "/v1/sessions?order=lag&limit=1000", call: "sessions limit 1000 order lag"),
    Example(method: "DELETE", path: "/v1/sessions/0-1-2", status: 204, answer: ""),
    Example(method: "DELETE", path: "/v1/sessions/0-1-3", status: 404),
    Example(method: "GET", path: "/v1/broker", answer: broker),
    Example(
      method: "POST", path: "/v1/broker/drain", status: 202,
      answer: #"{"drain":{"sessionsAtStart":4,"sessionsLeft":1},"#
        + broker.dropFirst().replacing("running", with: "draining"),
      call: "drain"),
    Example(
      method: "GET", path: "/v1/statistics",
      answer: #"{"bytesSent":"0","conversationsActive":0,"deliveries":"18446744073709551615","flushes":"0","#
        + #""framesReceived":"0","framesRefused":"0","gaps":"0","laggingSessions":0,"#
        + #""limitsHit":{"publishes_in_flight":"3"},"messagesPublished":"0","pagesRead":"0","#
        + #""publishLatency":{"count":"0","maxMs":0,"p50Ms":0,"p99Ms":1.5},"sessions":0,"time":"0","#
        + #""topConversations":[{"conversation":"group:lobby","followers":2,"messages":"5"}],"users":0,"#
        + #""windowBytes":0}"#),
    Example(method: "GET", path: "/livez", answer: healthy("loops")),
    Example(method: "GET", path: "/readyz", answer: health),
    Example(method: "GET", path: "/startupz", answer: healthy("started")),
    Example(method: "GET", path: "/health", answer: health),
    Example(method: "GET", path: "/metrics", answer: "# HELP chat_sessions Open sessions.\n"),
  ]

  @Test("A route asks the scripted broker and answers with JSON", arguments: examples)
  func route(_ example: Example) async throws {
    let broker = ScriptedBroker()
    try await withHTTP(broker) { address in
      try await HTTPTestConnection.open(address) { connection in
        let response = try await connection.request(example.method, example.path, json: example.json)
        #expect(response.status == example.status, "\(response.body)")
        if let answer = example.answer { #expect(response.body == answer) }
        if let call = example.call { #expect(broker.calls.withLockedValue { $0 } == [call]) }
        switch example.status {
        case 204: #expect(response["Content-Type"] == nil && response["Content-Length"] == nil)
        case 404: #expect(response["Content-Type"] == "application/problem+json")
        case _ where example.path == "/metrics":
          #expect(response["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8")
        default: #expect(response["Content-Type"] == "application/json")
        }
        #expect(response["Cache-Control"] == "no-store")
        #expect(response["X-Content-Type-Options"] == "nosniff")
      }
    }
  }

  @Test("Health needs no key; a part of the scripted broker that fails is told with 503")
  func ill() async throws {
    try await withHTTP(ScriptedBroker(failure: ChatError(.unavailable, "full"))) { address in
      try await HTTPTestConnection.open(address) { connection in
        try await connection.send("GET /readyz HTTP/1.1\r\nHost: localhost\r\n\r\n")
        let response = try await connection.response()
        #expect(response.status == 503)
        #expect(response.body.contains(#""store":{"detail":"full","passed":false,"status":"failing"}"#))
        #expect(try await connection.request("GET", "/livez").status == 200)
      }
    }
  }

  @Test func `A part that is degraded is told, and is no reason to send clients elsewhere`() async throws {
    try await withHTTP(ScriptedBroker(isShortOfDescriptors: true)) { address in
      try await HTTPTestConnection.open(address) { connection in
        let response = try await connection.request("GET", "/readyz")
        #expect(response.status == 200)
        #expect(response.body.contains(#""descriptors":{"detail":"well","passed":true,"status":"degraded"}"#))
        #expect(response.body.hasSuffix(#""status":"degraded"}"#))
      }
    }
  }

  @Test func `All routes have an example here`() {
    for route in AdminRoutes.all(ScriptedBroker()) {
      let isShown = Self.examples.contains { example in
        guard let target = try? RequestTarget(example.path) else { return false }
        return example.method == route.method.rawValue && route.pattern.match(target.path) != nil
      }
      #expect(isShown, "\(route.method) \(route.pattern)")
    }
  }

  @Test("Idempotency-Key stands for clientMessageId, with or without quotes", arguments: ["k7", "\"k7\""])
  func idempotencyKey(_ value: String) async throws {
    let trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    let broker = ScriptedBroker()
    try await withHTTP(broker) { address in
      try await HTTPTestConnection.open(address) { connection in
        let response = try await connection.request(
          "POST", "/v1/publish", headers: ["Idempotency-Key: \(value)", "traceparent: \(trace)"],
          json: #"{"sender":"ann","to":["group:x"],"text":"hi"}"#)
        #expect(response.status == 200)
        #expect(broker.calls.withLockedValue { $0 } == [#"publish ann ["group:x"] k7  \#(trace) hi"#])
      }
    }
  }

  @Test func `A batch goes on after a publish that is refused`() async throws {
    var broker = ScriptedBroker()
    broker.failure = ChatError(.limitExceeded, "slower", retryAfter: 10)
    try await withHTTP(broker) { address in
      try await HTTPTestConnection.open(address) { connection in
        let publish = #"{"sender":"ann","to":["group:x"],"text":"hi"}"#
        let response = try await connection.request(
          "POST", "/v1/publish/batch", json: #"{"publishes":[\#(publish),\#(publish)]}"#)
        let error = #"{"error":{"code":"ERROR_CODE_LIMIT_EXCEEDED","message":"slower","retryAfterMs":"10"}}"#
        #expect(response.status == 200)
        #expect(response.body == #"{"results":["# + "\(error),\(error)]}")
      }
    }
  }
}
