/// Who writes the log: in every line.
package struct LogService: Hashable, Sendable {
  /// `service.name`.
  package var name = "chat-broker"
  /// `service.version`.
  package var version: String
  /// `service.node.name`.
  package var node: String

  package init(version: String, node: String) {
    self.version = version
    self.node = node
  }
}
