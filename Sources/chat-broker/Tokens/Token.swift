import ArgumentParser
import ChatServer

/// `chat-broker token`
struct Token: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Make tokens, and find out what is wrong with one.",
    discussion: """
      A broker with authentication wants a token (a JWT) from everybody who connects. In a product the service that \
      signs people in makes them; these commands are for trying things.

      EXAMPLES
        openssl rand -hex 32 > secret
        CHAT_AUTH_SECRET_FILE=secret chat-broker serve
        chat-broker token create --user alice --secret-file secret
        chat-broker token inspect --secret-file secret < token
      """,
    subcommands: [TokenCreate.self, TokenInspect.self])
}
