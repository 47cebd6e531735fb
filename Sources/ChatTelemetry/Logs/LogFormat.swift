/// How lines of the log look.
package enum LogFormat: String, CaseIterable, Sendable {
  /// For people, on standard error.
  case text
  /// One JSON object for each line in the field names of the Elastic Common Schema, on standard output.
  case ecs
}
