import ChatServer

/// How users prove who they are.
struct AuthenticationSettings: Sendable {
  /// Where the keys of tokens are.
  var keys = TokenKeySource()
  /// Where an issuer publishes further ones.
  var keysURL: String?
  /// What a token has to say besides being genuine.
  var rules = TokenRules()

  /// Users have to bring a token.
  var isOn: Bool { !keys.isEmpty || keysURL != nil }
}
