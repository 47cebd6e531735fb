import Testing

@testable import ChatTelemetry

@Suite struct TraceEndpointTests {
  @Test(arguments: [
    ("http://127.0.0.1:4318", "http://127.0.0.1:4318/v1/traces"),
    ("https://collector.example/", "https://collector.example/v1/traces"),
    ("http://[::1]:4318/custom?key=1", "http://[::1]:4318/custom?key=1"),
  ])
  func `an address without a path gets that of OTLP`(text: String, url: String) {
    #expect(TraceEndpoint(text)?.url == url)
  }

  @Test(arguments: [
    "", "collector:4318", "ftp://collector", "http://", "http:///v1/traces", "http://:4318",
    "http://user:password@collector", "http://collector/ x", "http://collector#x",
  ])
  func `what is no address is refused`(text: String) {
    #expect(TraceEndpoint(text) == nil)
    #expect(TraceEndpoint.allowed.contains("no @"))
  }

  @Test func `a query, which may hold a key, is not shown`() {
    #expect(
      TraceEndpoint("http://collector/v1/traces?key=secret")?.description == "http://collector/v1/traces")
  }
}
