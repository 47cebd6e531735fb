import ArgumentParser

/// `chat-broker config`
struct Config: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Check, print and explain the settings of the broker.",
    discussion: """
      EXAMPLES
        chat-broker config check --config chat-broker.yaml
        chat-broker config print --config chat-broker.yaml
        chat-broker config keys
      """,
    subcommands: [ConfigCheck.self, ConfigPrint.self, ConfigKeys.self])
}
