import ArgumentParser

/// `chat-broker completions`
struct Completions: ParsableCommand {
  /// The shells that there are scripts for.
  enum Shell: String, ExpressibleByArgument, CaseIterable {
    case bash
    case zsh
    case fish
  }

  static let configuration = CommandConfiguration(
    abstract: "Print what makes a shell complete commands and options.",
    discussion: """
      EXAMPLES
        source <(chat-broker completions bash)
        chat-broker completions zsh > ~/.zfunc/_chat-broker
        chat-broker completions fish > ~/.config/fish/completions/chat-broker.fish
      """)

  @Argument(help: "The shell.")
  var shell: Shell

  func run() {
    let known: CompletionShell =
      switch shell {
      case .bash: .bash
      case .zsh: .zsh
      case .fish: .fish
      }
    Output.line(ChatBroker.completionScript(for: known))
  }
}
