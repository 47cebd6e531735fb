import ArgumentParser

/// Many conversations with one subscriber each.
struct Direct: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Publish to many conversations that one follows each.",
    discussion: """
      EXAMPLES
        benchmarks direct
        benchmarks direct --conversations 1000 --server broker --server limit
      """)

  @Option(help: "Conversations, 1 to 18000.") var conversations = 5000
  @OptionGroup var many: ManyConversations

  func validate() throws {
    try many.check(conversations: conversations, subscribers: 1)
  }

  func run() throws {
    try many.run(series: "direct", conversations: conversations, subscribers: 1)
  }
}
