/// A part of the broker that can take other settings while it runs: limits, the log's level, keys, certificates.
///
/// A change is taken by all parts or by none: each is asked to prepare first, and only when all have, they apply.
protocol Reloadable: Sendable {
  /// Files besides those of the configuration whose change is a reason to read everything anew, such as that of a
  /// certificate.
  func files(_ settings: Settings) -> [String]

  /// Checks what is new, and changes nothing yet. Called for every reload, also if no key has changed: files
  /// that keys name may have.
  ///
  /// - Returns: what applies it and says what that was, for the log; nil: there is nothing to apply.
  /// - Throws: what is wrong; then no part changes anything.
  func prepare(_ settings: Settings) async throws(SettingProblem) -> AppliedChange?
}

/// Carries out what a part has prepared.
///
/// - Returns: what was applied, for the log: "certificate of admin, which ends 2030-01-01".
typealias AppliedChange = @Sendable () async -> String

extension Reloadable {
  func files(_ settings: Settings) -> [String] { [] }
}
