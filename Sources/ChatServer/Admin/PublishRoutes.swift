import ChatCore
import NIOHTTP1

extension AdminRoutes {
  /// The most publishes in one request.
  static let batchLimit = 100

  static func publish(_ broker: any BrokerService) -> [Route] {
    [
      Route(.POST, "/v1/publish", body: .json) { request in
        var publish = try JSON.decode(PublishBody.self, from: request.body)
        try publish.take(idempotencyKey: request.headers["Idempotency-Key"])
        let wish = try publish.request(traceparent: request.headers.first(name: "traceparent"))
        return try .json(ReceiptsBody(try await broker.publish(wish.publish, as: wish.user)))
      },
      Route(.POST, "/v1/publish/batch", body: .json) { request in
        guard !request.headers.contains(name: "Idempotency-Key") else {
          throw HTTPFailure.badRequest(
            "Idempotency-Key cannot stand for many messages: give each publish its clientMessageId")
        }
        let batch = try JSON.decode(BatchBody.self, from: request.body)
        guard (1...batchLimit).contains(batch.publishes.count) else {
          throw HTTPFailure.badRequest("publishes must have 1 to \(batchLimit) entries: send more in parts")
        }
        let trace = request.headers.first(name: "traceparent")
        var wishes: [PublishRequest] = []
        for (index, publish) in batch.publishes.enumerated() {
          wishes.append(try named("publishes[\(index)]") { try publish.request(traceparent: trace) })
        }
        return try .json(BatchResultBody(await broker.publish(wishes)))
      },
    ]
  }

  /// Says in a refusal which entry it is about.
  private static func named<Value>(_ entry: String, _ read: () throws -> Value) throws -> Value {
    do {
      return try read()
    } catch var failure as HTTPFailure {
      failure.detail = "\(entry): \(failure.detail)"
      throw failure
    } catch var error as ChatError {
      error.message = "\(entry): \(error.message)"
      throw error
    }
  }
}

private struct BatchBody: Decodable {
  enum CodingKeys: String, CodingKey, CaseIterable {
    case publishes
  }

  let publishes: [PublishBody]

  init(from decoder: any Decoder) throws {
    try decoder.refuseUnknownMembers(CodingKeys.self)
    publishes = try decoder.container(keyedBy: CodingKeys.self).decode([PublishBody].self, forKey: .publishes)
  }
}

private struct BatchResultBody: Encodable {
  struct Entry: Encodable {
    var receipts: [ReceiptBody]?
    var error: ErrorBody?
  }

  let results: [Entry]

  init(_ results: [Result<[Receipt], ChatError>]) {
    self.results = results.map { result in
      switch result {
      case .success(let receipts): Entry(receipts: receipts.map(ReceiptBody.init))
      case .failure(let error): Entry(error: ErrorBody(error))
      }
    }
  }
}
