import ChatCore
import NIOCore
import Testing

@testable import ChatServer

@Suite(.timeLimit(.minutes(3))) struct HTTPDrainTests {
  @Test(
    "A request that waits for its commit when the drain begins is answered, also if it has more to read then",
    arguments: [1, 3],
    [
      (
        method: "POST", path: "/v1/publish",
        json: #"{"sender":"robot","to":["group:g"],"text":"last words"}"#,
        answer: #""sequence":"1""#
      ),
      ("PUT", "/v1/conversations/group:g/members/ann", nil, #""members":1"#),
    ])
  func inFlight(
    loops: Int, request: (method: String, path: String, json: String?, answer: String)
  ) async throws {
    let store = HoldingStore()
    try await withServer(
      store: store, loops: loops,
      configure: {
        var admin = AdminConfiguration(key: adminKeyText)
        admin.port = 0
        $0.admin = admin
        $0.drain.grace = 20_000
      }
    ) { _, server in
      let address = try #require(server.addresses.first { $0.name == "admin" }?.address)
      try await HTTPTestConnection.open(address) { connection in
        try await connection.send(
          HTTPTestConnection.text(request.method, request.path, json: request.json))
        let isHeld = try await eventually { store.holds == 1 }
        #expect(isHeld)
        async let stopped: Void = server.stop()
        let drains = try await eventually { server.service == nil }
        #expect(drains)
        store.release()
        let response = try await connection.response()
        #expect(response.status == 200, "\(response.body)")
        #expect(response.body.contains(request.answer), "\(response.body)")
        await stopped
      }
    }
  }

  @Test func `A node that will drain says so before it closes its listeners`() async throws {
    try await withServer(configure: {
      var admin = AdminConfiguration(key: adminKeyText)
      admin.port = 0
      $0.admin = admin
      $0.drain.delay = 2_000
    }) { address, server in
      let admin = try #require(server.addresses.first { $0.name == "admin" }?.address)
      async let stopped: Void = server.stop()
      try await HTTPTestConnection.open(admin) { connection in
        let isUnready = try await eventually { try await connection.request("GET", "/readyz").status == 503 }
        #expect(isUnready)
      }
      // Who was sent here before that is still let in.
      let late = try await RawClient.connect(address, user: "late")
      _ = try await late.frame { if case .goAway = $0.body { true } else { false } }
      await late.close()
      await stopped
    }
  }
}
