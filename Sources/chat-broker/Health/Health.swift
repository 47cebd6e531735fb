import ArgumentParser
import AsyncHTTPClient
import NIOCore
import NIOSSL

/// `chat-broker health`
struct Health: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Ask a running broker how it is.",
    discussion: """
      Asks GET /health of the admin listener, which needs no key: for a container's HEALTHCHECK, and for people. \
      The broker is looked for where admin.host, admin.port and admin.tls let `serve` listen with the same files and \
      environment, by default at \(HealthAddress.standard). There any certificate is taken, or with --tls-ca one \
      that these have signed; at another --url it is verified.

      Exit code 0: all parts work; 1: one does not, or there is no answer.

      EXAMPLES
        chat-broker health
        chat-broker health --json
        chat-broker health --config /etc/chat-broker/chat-broker.yaml
        chat-broker health --url http://127.0.0.1:7490/readyz
        chat-broker health --url https://chat.example:7490 --tls-ca ca.pem
      """)

  @Option(help: ArgumentHelp("What to ask. Without a path, /health.", valueName: "url"))
  var url: String?

  @Option(help: ArgumentHelp("How long to wait for the answer.", valueName: "seconds"))
  var timeout = 5

  @Flag(help: "Print the broker's answer as it is, one JSON object.")
  var json = false

  @OptionGroup var files: ConfigurationFiles

  @OptionGroup var tls: HealthTLSOptions

  func validate() throws {
    guard (1...3_600).contains(timeout) else { throw ValidationError("--timeout must be 1 to 3600 seconds") }
  }

  func run() async throws {
    // Settings that a running broker did not take do not make it ill.
    let settings = files.sources(.process).read().loaded.settings
    let address = try HealthAddress.url(option: url, settings: settings)
    let answer = try await ask(address, tls.configuration(isOwn: url == nil, .process))
    let report = try answer.report(from: address)
    Output.line(json ? answer.body : report.text)
    guard answer.isWell else { throw CommandFailure(.unhealthy, "") }
  }

  private func ask(
    _ url: String, _ tls: TLSConfiguration
  ) async throws(CommandFailure) -> HealthAnswer {
    let client = HTTPClient(configuration: HTTPClient.Configuration(tlsConfiguration: tls))
    let result: Result<HealthAnswer, any Error>
    do {
      let response = try await client.execute(HTTPClientRequest(url: url), timeout: .seconds(Int64(timeout)))
      let status = Int(response.status.code)
      do {
        let body = try await response.body.collect(upTo: HealthReport.mostBytes)
        result = .success(HealthAnswer(status: status, body: String(buffer: body)))
      } catch is NIOTooManyBytesError {
        // No report is so long.
        result = .success(HealthAnswer(status: status, body: ""))
      }
    } catch {
      result = .failure(error)
    }
    try? await client.shutdown()
    switch result {
    case .success(let answer): return answer
    case .failure(let error): throw CommandFailure(noAnswerFrom: url, error)
    }
  }
}
