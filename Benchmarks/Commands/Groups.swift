import ArgumentParser

/// Many conversations with some subscribers each.
struct Groups: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Publish to many conversations that some follow.",
    discussion: """
      EXAMPLES
        benchmarks groups
        benchmarks groups --conversations 200 --subscribers 50 --server broker --server redis
      """)

  @Option(help: "Conversations, 1 to 18000.") var conversations = 1000
  @Option(help: "Connections that follow each of them.") var subscribers = 10
  @OptionGroup var many: ManyConversations

  func validate() throws {
    try many.check(conversations: conversations, subscribers: subscribers)
  }

  func run() throws {
    try many.run(series: "groups", conversations: conversations, subscribers: subscribers)
  }
}
