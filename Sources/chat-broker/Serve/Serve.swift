import ArgumentParser

/// `chat-broker serve`
struct Serve: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Run the broker (the default sub-command).",
    discussion: """
      Clients come over TCP; browsers get a chat page and WebSocket on the HTTP port; operators and other \
      programs get a console and an HTTP API on the admin port, with the key that is in admin.key in the data \
      directory. Messages are kept in a SQLite file there. Beyond loopback it listens only \
      with keys for tokens (auth.keys_file) and a certificate (tls.certificate_file), or if it is told that the \
      network is trusted. SIGTERM or Ctrl-C stops it: clients are \
      told to go, what is queued goes out, the store is closed. A second signal ends it at once. SIGHUP, or a \
      change of a file with settings, makes it read them again.

      Every setting is an option (--http-port), an environment variable (CHAT_HTTP_PORT), a key in a YAML file \
      (http.port) and a file in a directory; the first of these that has a value counts. `chat-broker config keys` \
      lists all settings, `chat-broker config print` says what holds and where it comes from.

      EXAMPLES
        chat-broker serve
        chat-broker serve --port 0 --http-port 0 --admin-port 0 --data ./chat-data
        chat-broker serve --config /etc/chat-broker/chat-broker.yaml
        chat-broker serve --config-directory /etc/chat-broker/settings --config-directory /run/secrets
        chat-broker serve --allow-origin https://www.example.com
        CHAT_PORT=7500 CHAT_LOG_LEVEL=warning chat-broker serve
        chat-broker serve --retention-none broadcast:live/ --limits-body-bytes 1000
        chat-broker serve --host 0.0.0.0 --allow-insecure-remote
      """)

  @OptionGroup var options: SettingOptions

  func run() async throws {
    let hangUps = await HangUps()
    let sources = options.sources(.process)
    try await BrokerProcess(sources: sources, configuration: try sources.load(), hangUps: hangUps).run()
  }
}
