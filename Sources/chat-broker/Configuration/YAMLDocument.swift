import CYAML

/// A YAML document as settings use it: mappings of mappings, texts, and sequences of texts.
///
/// Anchors, tags and further documents are refused: nothing here needs them. Everything is a text, also
/// `off` and `1`, which the type of a key gives its meaning.
struct YAMLDocument {
  static let mostBytes = 1024 * 1024
  /// Mappings in one another.
  static let mostDepth = 8
  /// Keys in all, and values of one sequence.
  static let mostEntries = 10_000

  struct Entry: Hashable, Sendable {
    /// With dots between the keys of mappings.
    let key: String
    var texts: [String]
    let isSequence: Bool
    /// From 1.
    let line: Int
  }

  struct Failure: Error, Hashable, Sendable, CustomStringConvertible {
    /// From 1; nil: of the whole.
    let line: Int?
    /// What is wrong and what to do next.
    let description: String
  }

  /// In the order of the document; one without a value is left out.
  private(set) var entries: [Entry] = []
  /// The keys of the mappings around, and where a value is due the key that it is for.
  private var mappings: [Mapping] = []
  private var sequence: Entry?
  private var documents = 0

  // libyaml gives these no names.
  private typealias Scalar = yaml_event_s.__Unnamed_union_data.__Unnamed_struct_scalar
  /// Or the name of an anchor.
  private typealias Tag = UnsafeMutablePointer<yaml_char_t>

  private struct Mapping {
    /// Of the mapping itself, with the dot behind it.
    let prefix: String
    /// Its value comes next.
    var key: String?
    var keys: Set<String> = []
  }

  init(_ bytes: [UInt8]) throws(Failure) {
    var parser = yaml_parser_t()
    guard yaml_parser_initialize(&parser) == 1 else {
      throw Failure(line: nil, description: "there is no memory left to read it")
    }
    defer { yaml_parser_delete(&parser) }
    let result: Result<Void, Failure> = bytes.withUnsafeBufferPointer { bytes in
      yaml_parser_set_input_string(&parser, bytes.baseAddress, bytes.count)
      return Result { () throws(Failure) in try readAll(&parser) }
    }
    try result.get()
  }

  private mutating func readAll(_ parser: inout yaml_parser_t) throws(Failure) {
    var isAtEnd = false
    while !isAtEnd {
      var event = yaml_event_t()
      guard yaml_parser_parse(&parser, &event) == 1 else { throw Self.failure(of: parser) }
      defer { yaml_event_delete(&event) }
      isAtEnd = event.type == YAML_STREAM_END_EVENT
      try take(event)
    }
  }

  private mutating func take(_ event: yaml_event_t) throws(Failure) {
    let line = Int(clamping: event.start_mark.line) + 1
    switch event.type {
    case YAML_DOCUMENT_START_EVENT:
      documents += 1
      if documents > 1 { throw Failure(line: line, description: "it has more than one document: use one") }
    case YAML_MAPPING_START_EVENT:
      try refuse(anchor: event.data.mapping_start.anchor, line)
      try beginMapping(line, event.data.mapping_start.tag)
    case YAML_MAPPING_END_EVENT: mappings.removeLast()
    case YAML_SEQUENCE_START_EVENT:
      try refuse(anchor: event.data.sequence_start.anchor, line)
      try beginSequence(line, event.data.sequence_start.tag)
    case YAML_SEQUENCE_END_EVENT:
      if let sequence { entries.append(sequence) }
      sequence = nil
    case YAML_SCALAR_EVENT:
      try refuse(anchor: event.data.scalar.anchor, line)
      try take(event.data.scalar, line)
    case YAML_ALIAS_EVENT:
      throw Failure(line: line, description: "aliases are not supported: write the value itself")
    default: break
    }
  }

  private mutating func beginMapping(_ line: Int, _ tag: Tag?) throws(Failure) {
    try refuse(tag, line)
    guard sequence == nil, mappings.isEmpty || mappings.last?.key != nil else {
      throw Failure(line: line, description: "a mapping stands where none can be: write key: value")
    }
    guard mappings.count < Self.mostDepth else {
      throw Failure(line: line, description: "more than \(Self.mostDepth) mappings are in one another")
    }
    mappings.append(Mapping(prefix: takeKey().map { $0 + "." } ?? ""))
  }

  private mutating func beginSequence(_ line: Int, _ tag: Tag?) throws(Failure) {
    try refuse(tag, line)
    guard sequence == nil, let key = takeKey() else {
      throw Failure(
        line: line, description: "a list stands where none can be: write it as the value of a key")
    }
    sequence = Entry(key: key, texts: [], isSequence: true, line: line)
  }

  private mutating func take(_ scalar: Scalar, _ line: Int) throws(Failure) {
    try refuse(scalar.tag, line)
    let bytes = UnsafeBufferPointer(start: scalar.value, count: scalar.length)
    // libyaml has checked that it is UTF-8.
    let text = String(decoding: bytes, as: UTF8.self)
    let isNone = scalar.style == YAML_PLAIN_SCALAR_STYLE && ["", "~", "null"].contains(text)
    if sequence != nil {
      guard (sequence?.texts.count ?? 0) < Self.mostEntries else { throw tooMany(line) }
      sequence?.texts.append(text)
    } else if let key = takeKey() {
      guard entries.count < Self.mostEntries else { throw tooMany(line) }
      // A key without a value is as if it were not there.
      if isNone { return }
      entries.append(Entry(key: key, texts: [text], isSequence: false, line: line))
    } else if !mappings.isEmpty || !isNone {
      try begin(text, line)
    }
  }

  /// Takes a key of the innermost mapping.
  private mutating func begin(_ key: String, _ line: Int) throws(Failure) {
    guard let last = mappings.indices.last else {
      throw Failure(line: line, description: "it is no mapping: write key: value")
    }
    guard mappings[last].keys.count < Self.mostEntries else { throw tooMany(line) }
    guard mappings[last].keys.insert(key).inserted else {
      throw Failure(
        line: line,
        description: "the key \"\(TerminalText.escape(key))\" stands twice in one mapping: remove one")
    }
    mappings[last].key = key
  }

  /// The whole name of the key whose value comes now.
  private mutating func takeKey() -> String? {
    guard let last = mappings.indices.last, let key = mappings[last].key else { return nil }
    mappings[last].key = nil
    return mappings[last].prefix + key
  }

  private func refuse(anchor: Tag?, _ line: Int) throws(Failure) {
    if anchor != nil {
      throw Failure(line: line, description: "anchors (&…) are not supported: leave it out")
    }
  }

  private func refuse(_ tag: Tag?, _ line: Int) throws(Failure) {
    if tag != nil { throw Failure(line: line, description: "tags (!…) are not supported: leave it out") }
  }

  private func tooMany(_ line: Int) -> Failure {
    Failure(line: line, description: "it has more than \(Self.mostEntries) entries")
  }

  private static func failure(of parser: yaml_parser_t) -> Failure {
    let reason = parser.problem.map { String(cString: $0) } ?? "it cannot be read"
    let context = parser.context.map { String(cString: $0) + ": " } ?? ""
    return Failure(
      line: Int(clamping: parser.problem_mark.line) + 1, description: "it is no YAML (\(context)\(reason))")
  }
}
