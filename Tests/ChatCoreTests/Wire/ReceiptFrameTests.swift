import Testing

@testable import ChatCore

struct ReceiptFrameTests {
  private static let receipts: [Receipt] = {
    var receipts: [Receipt] = []
    let places: [(UInt64, Int64)] = [(0, 0), (1, 1_790_000_000_000), (127, -1), (128, .min), (.max, .max)]
    let counts: [(UInt32, UInt32, Bool)] = [(0, 0, false), (1, 300, true), (.max, .max, false)]
    for (to, conversation) in [("", ""), ("user:bob", "direct:ann/bob"), ("group:støtte", "group:støtte")] {
      for (sequence, time) in places {
        for (online, total, duplicate) in counts {
          var receipt = Receipt()
          receipt.to = to
          receipt.conversation = conversation
          receipt.sequence = sequence
          receipt.time = time
          receipt.recipientsOnline = online
          receipt.recipientsTotal = total
          receipt.duplicate = duplicate
          receipts.append(receipt)
        }
      }
    }
    return receipts
  }()

  private func frame(_ request: UInt64, _ receipts: [Receipt]) -> ServerFrame {
    ServerFrame(requestID: request, body: .published(receipts))
  }

  @Test(arguments: [0, 1, 200, UInt64.max])
  func `an answer to one address is read back as it was`(request: UInt64) throws {
    for receipt in Self.receipts {
      let sent = frame(request, [receipt])
      let frames = cut([encoded(sent)], limit: 1 << 20).frames
      #expect(frames.count == 1)
      #expect(try decodeServer(try #require(frames.first)) == sent)
    }
  }

  /// What follows the tag and the length of `Published`.
  private func published(in frame: [UInt8]) -> ArraySlice<UInt8> {
    let fields = frame.drop { $0 >= 0x80 }.dropFirst()
    #expect(Array(fields.prefix(3)) == [1 << 3, 7, 3 << 3 | 2])
    return fields.dropFirst(3).drop { $0 >= 0x80 }.dropFirst()
  }

  /// With two addresses libprotobuf-c writes it.
  @Test func `it has the bytes that it has among several`() throws {
    for receipt in Self.receipts {
      let one = published(in: encoded(frame(7, [receipt])))
      let two = published(in: encoded(frame(7, [receipt, receipt])))
      #expect(two.count == 2 * one.count)
      #expect(Array(two) == Array(one) + Array(one))
    }
  }

  @Test func `a refusal among the receipts is told`() throws {
    var refused = Receipt()
    refused.to = "group:x"
    refused.error = ChatError(.notMember, "join first")
    let sent = frame(9, [refused])
    #expect(try decodeServer(try #require(cut([encoded(sent)], limit: 1 << 20).frames.first)) == sent)
  }
}
