#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation  // Of Apple's systems, which have no smaller one.
#endif

/// Environment variables; one that is empty counts as not set.
struct Environment: Sendable {
  private let variables: [String: String]

  /// The variables of this process, as they are now.
  static var process: Environment { Environment(ProcessInfo.processInfo.environment) }

  init(_ variables: [String: String]) {
    self.variables = variables.filter { !$0.value.isEmpty }
  }

  subscript(_ name: String) -> String? { variables[name] }

  /// Of those that are set.
  var names: some Collection<String> { variables.keys }
}
