import ArgumentParser
import ChatCore

/// What a token grants: `group:team/*=publish,subscribe`, or all three without `=`.
struct GrantArgument: ExpressibleByArgument, Hashable, Sendable {
  let conversation: String
  let allow: [String]

  init?(argument: String) {
    let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    conversation = String(parts[0])
    let known = Grants.Rights.byName.map(\.name)
    allow = parts.count == 2 ? parts[1].split(separator: ",").map(String.init) : known
    guard allow.allSatisfy(known.contains), (try? Grants.Rule(conversation, [])) != nil else { return nil }
  }

  static let help = ArgumentHelp(
    "Let the user do only this: group:team/*=publish,subscribe,history. Repeatable; without it: everything.",
    valueName: "conversation=rights")
}
