import ChatCore
import Testing

@testable import ChatServer

@Suite(.timeLimit(.minutes(3))) struct MetricTableTests {
  private static let kinds = Dictionary(
    uniqueKeysWithValues: MetricDefinition.all.map { ($0.name, $0.kind.rawValue) })

  @Test func `Names are told apart, are in Prometheus' style, and have the ending of their kind and unit`() {
    #expect(Self.kinds.count == MetricDefinition.all.count)
    for metric in MetricDefinition.all {
      #expect(metric.name.hasSuffix("_total") == (metric.kind == .counter), "\(metric.name)")
      switch metric.unit {
      case .seconds: #expect(metric.name.contains("_seconds"), "\(metric.name)")
      case .bytes: #expect(metric.name.contains("_bytes"), "\(metric.name)")
      case .messages, .one: break
      }
      #expect(metric.help.hasSuffix("."), "\(metric.name)")
      #expect(!metric.help.contains("\n") && !metric.help.contains("\\") && !metric.help.contains("|"))
    }
  }

  @Test func `A node that was used has a value for each metric of the table, and no others`() async throws {
    try await withServer(configure: { $0.limits.addressesPerPublish = 1 }) { address, server in
      server.reloads.countFailure()
      let ann = try await RawClient.connect(address, user: "ann")
      _ = try await ann.subscribe("broadcast:b")
      _ = try await ann.publish("x", to: "broadcast:b")
      _ = try await ann.message()
      await #expect(throws: ChatError.self) { try await ann.publish("x", to: "user:a", "user:b") }
      let text = try #require(await server.service?.metrics())
      var kinds: [String: String] = [:]
      var withValues: Set<String> = []
      for line in text.split(separator: "\n") {
        let words = line.split(separator: " ").map(String.init)
        if line.hasPrefix("# TYPE ") { kinds[words[2]] = words[3] }
        guard !line.hasPrefix("#") else { continue }
        var name = String(line.prefix { $0 != "{" && $0 != " " })
        for ending in ["_bucket", "_sum", "_count"] where Self.kinds[name] == nil {
          if name.hasSuffix(ending) { name.removeLast(ending.count) }
        }
        withValues.insert(name)
      }
      // The store in memory does not know what room there is, and nothing is encrypted or traced, nobody needs tokens.
      let missing = [
        "chat_store_free_bytes", "chat_token_key_fetches_total", "chat_tls_certificate_expiry_time_seconds",
        "chat_tls_handshake_failures_total",
        "chat_trace_spans_left_out_total",
      ]
      let expected = Self.kinds.filter { !missing.contains($0.key) }
      #expect(kinds == expected)
      #expect(withValues == Set(expected.keys))
      for line in [
        "chat_sessions 1", "chat_sessions_opened_total{transport=\"tcp\"} 1",
        "chat_sessions_closed_total{code=\"stalled\"} 0", "chat_publish_durable_seconds_count 1",
        "chat_publish_socket_seconds_count 1", "chat_store_batch_messages_count 1",
        "chat_store_batch_messages_bucket{le=\"1.0\"} 1",
        "chat_publish_errors_total{code=\"limit_exceeded\"} 1", "chat_store_errors_total 0",
        "chat_limit_hits_total{limit=\"addresses_per_publish\"} 1",
        // What was not hit is there too: those of sessions, and those of connections.
        "chat_limit_hits_total{limit=\"frame_bytes\"} 0", "chat_limit_hits_total{limit=\"connections\"} 0",
        "chat_auth_failures_total{reason=\"expired\"} 0", "chat_config_reloads_total{result=\"ok\"} 0",
        "chat_config_reloads_total{result=\"failed\"} 1", "chat_config_last_reload_successful 0",
      ] {
        #expect(text.contains(line + "\n"), "\(line)")
      }
    }
  }

  @Test func `Values of labels are written so that nothing in them ends them`() {
    var samples = MetricSamples()
    samples.add(.limitHits, 1, "a\"b\\c\nd")
    #expect(samples.text.hasSuffix("chat_limit_hits_total{limit=\"a\\\"b\\\\c\\nd\"} 1\n"))
  }

  @Test func `The page for people has a row for each metric`() {
    let rows = MetricDefinition.markdown.split(separator: "\n").filter { $0.hasPrefix("| `") }
    #expect(rows.count == MetricDefinition.all.count)
    #expect(rows.allSatisfy { $0.split(separator: "|").count == 5 })
  }
}
