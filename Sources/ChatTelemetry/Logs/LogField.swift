/// A field of a line in ECS. All that the broker writes are here; the index template of `Deploy/logging` has the same.
package struct LogField: Hashable, Sendable {
  /// How Elasticsearch maps the field.
  package enum Kind: String, Sendable {
    case date
    case keyword
    case long
    /// Text that is searched by words.
    case text = "match_only_text"
  }

  package let name: String
  package let kind: Kind

  private init(_ name: String, _ kind: Kind) {
    self.name = name
    self.kind = kind
  }

  /// What has no field of its own goes below this one, as keywords.
  package static let labels = "labels"

  /// By name.
  package static let all: [LogField] = base + ecs + own

  /// In every line.
  package static let base = [
    LogField("@timestamp", .date), LogField("log.level", .keyword), LogField("message", .text),
    LogField("ecs.version", .keyword), LogField("log.logger", .keyword), LogField("event.dataset", .keyword),
    LogField("service.name", .keyword), LogField("service.version", .keyword),
    LogField("service.node.name", .keyword),
  ]

  /// Those of ECS that some lines have.
  private static let ecs = [
    LogField("event.action", .keyword), LogField("event.outcome", .keyword),
    LogField("event.reason", .keyword),
    // Nanoseconds.
    LogField("event.duration", .long),
    LogField("error.code", .keyword), LogField("error.message", .text), LogField("error.type", .keyword),
    LogField("client.address", .keyword), LogField("client.port", .long),
    LogField("server.address", .keyword), LogField("server.port", .long),
    LogField("http.request.id", .keyword), LogField("http.request.method", .keyword),
    LogField("http.response.status_code", .long),
    LogField("trace.id", .keyword), LogField("user.id", .keyword),
  ]

  /// Ours.
  private static let own = [
    LogField("chat.session", .keyword), LogField("chat.transport", .keyword), LogField("chat.code", .keyword),
    LogField("chat.conversations", .long), LogField("chat.limit", .keyword), LogField("chat.count", .long),
    LogField("chat.left_out", .long), LogField("chat.loop", .long), LogField("chat.loops", .long),
    LogField("chat.listener", .keyword), LogField("chat.route", .keyword), LogField("chat.sessions", .long),
    LogField("chat.grace_ms", .long), LogField("chat.spans", .long), LogField("chat.key", .keyword),
    LogField("chat.file", .keyword), LogField("chat.changed", .keyword), LogField("chat.applied", .keyword),
    LogField("chat.needs_restart", .keyword), LogField("chat.keys", .long),
    LogField("chat.expires_unix_s", .long), LogField("chat.bytes", .long),
    LogField("chat.memory_bytes", .long),
    LogField("chat.delay_ms", .long),
  ]

  private static let kinds = Dictionary(uniqueKeysWithValues: all.map { ($0.name, $0.kind) })

  /// What others call fields of ECS.
  private static let aliases = [
    "error": "error.message", "reason": "event.reason", "address": "server.address",
  ]

  /// How a field is mapped; nil: it is a label.
  package static func kind(of name: String) -> Kind? { kinds[name] }

  /// The field that a line's metadata is written to: the one of that name, ours of that name, or a label.
  package static func name(of key: String) -> String {
    if kinds[key] != nil { return key }
    if let alias = aliases[key] { return alias }
    let own = "chat.\(key)"
    if kinds[own] != nil { return own }
    let label = key.utf8.prefix(64).map { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"):
        byte
      default: UInt8(ascii: "_")
      }
    }
    return "\(labels).\(String(decoding: label, as: UTF8.self))"
  }
}
