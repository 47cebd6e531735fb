import ChatCore

/// A conversation in the API.
struct ConversationBody: Encodable {
  let conversation: String
  let kind: String
  let epoch: Decimal
  let firstSequence: Decimal
  let lastSequence: Decimal
  let members: Int

  init(_ info: ConversationInfo) {
    conversation = info.id.name
    kind =
      switch info.id.kind {
      case .direct: "direct"
      case .group: "group"
      case .broadcast: "broadcast"
      }
    epoch = Decimal(info.epoch)
    firstSequence = Decimal(info.firstSequence)
    lastSequence = Decimal(info.lastSequence)
    members = info.members
  }
}
