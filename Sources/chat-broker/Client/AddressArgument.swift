import ArgumentParser
import ChatCore

/// An address on the command line; a bare word is a group.
struct AddressArgument: ExpressibleByArgument, Hashable, Sendable {
  let text: String
  let address: Address

  init?(argument: String) {
    let text = argument.contains(":") ? argument : "group:\(argument)"
    guard let address = try? Address(text) else { return nil }
    self.text = text
    self.address = address
  }

  static let help = ArgumentHelp(
    "group:<id>, user:<id> or broadcast:<id>; a bare word is a group.", valueName: "address")

  /// The name of the conversation that is meant when this user uses the address.
  func conversation(for user: UserID) -> String {
    address.conversation(from: user).name
  }
}
