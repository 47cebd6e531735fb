/// Notices every delivery that is lost, repeated, out of order or not what was sent.
struct Verifier {
  /// Lost messages that are remembered, so that a late one counts as reordered.
  static let rememberedLosses = 1 << 20

  private struct Loss: Hashable {
    var connection: Int32
    var topic: Int32
    var index: UInt64
  }

  let pattern: BodyPattern
  var lost: UInt64 = 0
  var duplicated: UInt64 = 0
  var reordered: UInt64 = 0
  var corrupt: UInt64 = 0
  private var losses: Set<Loss> = []

  init(pattern: BodyPattern) {
    self.pattern = pattern
  }

  /// Moves `connection.expected` behind the delivery. What it passes is accounted for: delivered or lost.
  @inline(__always)
  mutating func check(
    _ body: UnsafePointer<UInt8>, _ count: Int, _ connection: UnsafeMutablePointer<Connection>
  ) {
    guard pattern.matches(body, count, topic: connection.pointee.topic),
      BodyPattern.index(body) == connection.pointee.expected
    else {
      investigate(body, count, connection)
      return
    }
    connection.pointee.expected &+= 1
  }

  @inline(never)
  private mutating func investigate(
    _ body: UnsafePointer<UInt8>, _ count: Int, _ connection: UnsafeMutablePointer<Connection>
  ) {
    let expected = connection.pointee.expected
    guard pattern.matches(body, count, topic: connection.pointee.topic) else {
      // Its index cannot be believed. That it took the place of the next message is most likely.
      corrupt += 1
      connection.pointee.expected += 1
      return
    }
    let index = BodyPattern.index(body)
    var loss = Loss(
      connection: connection.pointee.number, topic: connection.pointee.topic, index: index)
    if index < expected {
      if losses.remove(loss) != nil {
        lost -= 1
        reordered += 1
      } else {
        duplicated += 1
      }
      return
    }
    for missing in expected..<index {
      lost += 1
      if losses.count < Self.rememberedLosses {
        loss.index = missing
        losses.insert(loss)
      }
    }
    connection.pointee.expected = index + 1
  }
}
