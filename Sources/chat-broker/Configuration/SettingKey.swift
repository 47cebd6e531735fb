/// One key of the configuration: everything that is known of it, in one place.
///
/// Flags, environment variables, files, checks, documents and live changes all come from this.
struct SettingKey: Sendable {
  /// How it is written in files: `http.port`.
  let name: String
  /// The name of its type.
  let type: String
  /// What is allowed, as it stands behind "use …".
  let allowed: String
  let isList: Bool
  /// Whether a bare flag means "true".
  let isTruth: Bool
  /// `ms`, `bytes`; nil: none.
  let unit: String?
  /// A change is taken while the broker runs.
  let isLive: Bool
  /// Never shown, and not accepted on the command line, where others can read it.
  let isSecret: Bool
  /// Its values are URLs; see ``SettingType/isURL``.
  private let isURL: Bool
  /// What it is for.
  let sentence: String
  /// What holds if it is not set.
  let defaultText: String
  /// The option; nil for secrets. It has further ones where an older name is kept.
  let flags: [String]
  /// The environment variables; the first that is set counts.
  let variables: [String]

  private let read: @Sendable ([String], inout Settings) -> Bool
  private let show: @Sendable (Settings) -> String
  private let take: @Sendable (Settings, inout Settings) -> Void

  /// - Parameters:
  ///   - default: says in words what holds if it is not set, where ``Settings`` has no value for that.
  ///   - alias: an older name of the same, in files' spelling, for the flag and the environment.
  init<Value>(
    _ name: String, _ path: any WritableKeyPath<Settings, Value> & Sendable, _ type: SettingType<Value>,
    unit: String? = nil, live: Bool = false, secret: Bool = false, default: String? = nil,
    alias: String? = nil,
    _ sentence: String
  ) {
    self.name = name
    self.type = type.name
    allowed = type.allowed
    isList = type.isList
    isTruth = Value.self == Bool.self
    isURL = type.isURL
    self.unit = unit
    isLive = live
    isSecret = secret
    self.sentence = sentence
    let names = [name] + (alias.map { [$0] } ?? [])
    flags = secret ? [] : names.map(Self.flag)
    variables = names.map(Self.variable)
    defaultText = `default` ?? type.text(Settings()[keyPath: path])
    read = { texts, settings in
      guard let value = type.read(texts) else { return false }
      settings[keyPath: path] = value
      return true
    }
    show = { type.text($0[keyPath: path]) }
    take = { $1[keyPath: path] = $0[keyPath: path] }
  }

  /// The same for a value that may be missing.
  init<Value>(
    _ name: String, _ path: any WritableKeyPath<Settings, Value?> & Sendable,
    optional type: SettingType<Value>,
    unit: String? = nil, live: Bool = false, secret: Bool = false, default: String? = nil,
    _ sentence: String
  ) {
    self.init(
      name, path, type.optional, unit: unit, live: live, secret: secret, default: `default`, sentence)
  }

  /// Sets it from what was written.
  func set(
    _ texts: [String], from source: SettingSource, in settings: inout Settings
  ) throws(SettingProblem) {
    guard !read(texts, &settings) else { return }
    throw .notAllowed(name, value: repeatable(texts), from: source, allowed: allowed)
  }

  /// What a message may repeat of texts that are refused; nil: they may hold a secret.
  func repeatable(_ texts: [String]) -> String? {
    isSecret || isURL ? nil : texts.joined(separator: ",")
  }

  /// The value, as it could be written; empty: none. Secrets too, so this is for comparing.
  func text(_ settings: Settings) -> String { show(settings) }

  /// The value for people: no secret is told.
  func shown(_ settings: Settings) -> String {
    publicText(settings) ?? (isSecret || defaultText.isEmpty ? "" : "(\(defaultText))")
  }

  /// The value without what is secret in it; nil: none.
  func publicText(_ settings: Settings) -> String? {
    let text = show(settings)
    if text.isEmpty { return nil }
    if isSecret { return Self.hidden }
    guard isURL, let query = text.firstIndex(of: "?") else { return text }
    return text[...query] + Self.hidden
  }

  private static let hidden = "(secret)"

  /// Gives `settings` the value that `other` has.
  func copy(from other: Settings, to settings: inout Settings) { take(other, &settings) }

  /// `--http-port`
  static func flag(_ name: String) -> String {
    "--" + String(name.map { $0 == "." || $0 == "_" ? "-" : $0 })
  }

  /// `CHAT_HTTP_PORT`
  static func variable(_ name: String) -> String {
    "CHAT_" + String(name.uppercased().map { $0 == "." ? "_" : $0 })
  }
}
