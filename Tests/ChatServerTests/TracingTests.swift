import ChatCore
import ChatServer
import InMemoryTracing
import Testing
import Tracing

/// A server with a tracer that is not the broker's.
@Suite struct TracingTests {
  private func spans(of tracer: InMemoryTracer, named name: String) -> [FinishedInMemorySpan] {
    tracer.finishedSpans.filter { $0.operationName == name }
  }

  @Test func `any tracer gets the spans of a publish before its receipt is read`() async throws {
    let tracer = InMemoryTracer()
    try await withServer(loops: 1) {
      $0.tracing = TracingConfiguration(tracer: tracer, sampleRatio: 1)
    } _: { address, _ in
      let ann = try await RawClient.connect(address, user: "ann")
      _ = try await ann.join("group:g")
      _ = try await ann.publish("hello", to: "group:g", id: "1")
      let context = try #require(TraceContext(try await ann.message().traceparent))
      #expect(context.isSampled)
      #expect(spans(of: tracer, named: "publish").count == 1)
      #expect(spans(of: tracer, named: "commit").count == 1)
      #expect(spans(of: tracer, named: "append").count == 1)
      let publish = try #require(spans(of: tracer, named: "publish").first)
      #expect(publish.attributes.get("messaging.destination.name") == .string("group:g"))
      #expect(publish.kind == .server)
    }
    #expect(spans(of: tracer, named: "flush").count == 1)
  }

  @Test func `without a tracer a trace context goes on as it came`() async throws {
    try await withServer { address, _ in
      let ann = try await RawClient.connect(address, user: "ann")
      _ = try await ann.join("group:g")
      var publish = ClientFrame.Publish()
      publish.to = ["group:g"]
      publish.body = Payload([1])
      publish.traceparent = "anything"
      try await ann.send(.publish(publish))
      #expect(try await ann.message().traceparent == "anything")
    }
  }
}
