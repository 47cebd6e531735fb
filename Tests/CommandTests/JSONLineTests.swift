import ChatCore
import Foundation
import Testing

@testable import chat_broker

struct JSONLineTests {
  @Test func `strings are escaped`() {
    #expect(JSONLine.quoted("a\"b\\c\n\r\t/é👍") == #""a\"b\\c\n\r\t/é👍""#)
    #expect(JSONLine.quoted("\0\u{1b}\u{7f}\u{9b}\u{202e}") == #""\u0000\u001b\u007f\u009b\u202e""#)
  }

  @Test func `every scalar of the basic plane survives a foreign parser`() throws {
    let text = String(String.UnicodeScalarView((0...0xffff).compactMap { Unicode.Scalar($0) }))
    let data = Data("[\(JSONLine.quoted(text))]".utf8)
    let parsed = try #require(try JSONSerialization.jsonObject(with: data) as? [String])
    #expect(parsed.first.map { Array($0.utf8) } == Array(text.utf8))
  }

  @Test(arguments: ["", "f", "fo", "foo", "foob", "fooba", "foobar"])
  func `base64 is the usual one`(text: String) {
    #expect(Base64.encode(Array(text.utf8)) == Data(text.utf8).base64EncodedString())
  }

  @Test func `a message is one object, its body in base64 if it is not text`() {
    var message = Message()
    message.conversation = "group:a"
    message.sequence = .max
    message.time = -1
    message.sender = "bob"
    message.body = Payload(Array("hi\n".utf8))
    let front =
      #"{"conversation":"group:a","sequence":18446744073709551615,"time":-1,"sender":"bob","content_type":"","#
    #expect(MessageFormatter.json(message) == front + #""body":"hi\n"}"#)
    message.body = Payload([0xff, 0])
    #expect(MessageFormatter.json(message) == front + #""body_base64":"/wA="}"#)
  }

  @Test func `a receipt says what became of it`() {
    var receipt = Receipt()
    receipt.to = "group:a"
    receipt.error = ChatError(.unavailable, "later", retryAfter: 5)
    #expect(
      MessageFormatter.json(receipt)
        == #"{"to":"group:a","error":{"code":"unavailable","message":"later","retry_after_ms":5}}"#)
    receipt.error = nil
    receipt.conversation = "group:a"
    receipt.sequence = 17
    #expect(MessageFormatter(style: Style(coloured: false)).receiptLine(receipt) == "group:a #17")
    #expect(
      MessageFormatter.json(receipt).hasSuffix(
        #""recipients_online":0,"recipients_total":0,"duplicate":false}"#))
  }
}
