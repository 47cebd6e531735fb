import Foundation
import Testing

@testable import benchmarks

@Suite struct WorkloadTests {
  @Test func `what is not given has its default`() throws {
    let workload = try Workload(json: #"{"dialect":"nats","kind":"paced","port":7502,"rate":100,"core":0}"#)
    #expect(workload.dialect == .nats)
    #expect(workload.rate == 100)
    #expect(workload.core == 0)
    #expect(workload.subscribers == 1000)
    try workload.validate()
  }

  @Test func `an encoded workload is read back`() throws {
    var workload = Workload(dialect: .chat, kind: .resume, port: 7400)
    workload.behind = 100
    let json = String(decoding: try JSONEncoder().encode(workload), as: UTF8.self)
    let read = try Workload(json: json)
    #expect(read.behind == 100 && read.kind == .resume && read.port == 7400)
  }

  @Test(
    "what cannot be measured is refused",
    arguments: [
      #""kind":"saturated","dialect":"chat","subscribers":20000"#,
      #""kind":"saturated","dialect":"chat","publishers":2"#,
      #""kind":"saturated","dialect":"chat","subscribers":10,"stalled":10"#,
      #""kind":"saturated","dialect":"chat","bytes":8"#,
      #""kind":"saturated","dialect":"jetstream""#,
      #""kind":"paced","dialect":"chat""#,
      #""kind":"durable","dialect":"redis""#,
      #""kind":"saturated","dialect":"chatWebSocket""#,
      #""kind":"idle","dialect":"chatJSON""#,
      #""kind":"durable","dialect":"chatJSON","webSocketPort":2"#,
      #""kind":"resume","dialect":"nats","behind":1"#,
    ])
  func refused(fields: String) throws {
    let workload = try Workload(json: "{\(fields),\"port\":1}")
    #expect(throws: GeneratorFailure.self) { try workload.validate() }
  }

  @Test func `the schedule does not drift, and ends`() {
    var schedule = Schedule(start: 1_000, rate: 300, end: 1_000 + 10_000_000_000)
    #expect(schedule.due == 1_000)
    for _ in 0..<2_700 { schedule.advance() }
    #expect(schedule.due == 1_000 + 9_000_000_000)
    for _ in 0..<300 { schedule.advance() }
    #expect(schedule.number == 3_000)
    #expect(schedule.due == .max)
  }
}
