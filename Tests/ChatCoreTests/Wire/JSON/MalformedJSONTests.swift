import ChatCore
import Testing

struct MalformedJSONTests {
  /// What is no JSON, and a part of the sentence that says so.
  static let malformed: [(json: String, sentence: String)] = [
    ("", "ends too early"), (" ", "ends too early"), ("{", "ends too early"), ("x", "a value must begin"),
    ("{}{}", "nothing may follow"), ("{},", "nothing may follow"),
    ("[]", "must be a JSON object, but an array"),
    ("null", "must be a JSON object, but null"), ("5", "must be a JSON object, but a number"),
    (#""{}""#, "must be a JSON object, but a string"), ("{\"a\":1,}", "a name in quotes"),
    ("{,}", "a name in quotes"), ("{a:1}", "a name in quotes"), ("{'a':1}", "a name in quotes"),
    (#"{"a" 1}"#, "a colon"), (#"{"a":1 "b":2}"#, "a comma"), (#"{"a":[1,]}"#, "a value must begin"),
    (#"{"a":[1 2]}"#, "a comma"), (#"{"a":[1}"#, "a comma"), (#"{"a":}"#, "a value must begin"),
    (#"{"a"#, "no closing quote"), (#"{"a":"b"#, "no closing quote"), (#"{"a":"b\"#, "an escape"),
    (#"{"a":"\x"}"#, "an escape"), (#"{"a":"\u12"}"#, "an escape"), (#"{"a":"\u00zz"}"#, "an escape"),
    ("{\"a\":\"\n\"}", "control character"),
    ("{\"a\":\"\0\"}", "control character"), ("{\"a\":\"12345678\t\"}", "control character"),
    (#"{"a":tru}"#, "true, false and null"), (#"{"a":nul"#, "true, false and null"),
    (#"{"a":True}"#, "a value"),
    (#"{"a":NaN}"#, "a value must begin"), (#"{"a":+1}"#, "a value must begin"),
    (#"{"a":.5}"#, "a value must"),
    (#"{"a":-}"#, "a number is written"), (#"{"a":01}"#, "a number is written"),
    (#"{"a":1.}"#, "a number is"),
    (#"{"a":1e}"#, "a number is written"), (#"{"a":1e+}"#, "a number is written"),
    (#"{"a":0x10}"#, "a comma"),
    ("\u{feff}{}", "a value must begin"), ("{}\0", "nothing may follow"), ("// a\n{}", "a value must begin"),
  ]

  @Test(arguments: malformed.indices)
  func `what is no JSON is refused with the place where it ends to be`(index: Int) {
    let (json, sentence) = Self.malformed[index]
    let error = refusal { () throws(ChatError) in try decodeClient(json: json) }
    #expect(error?.code == .malformedFrame)
    #expect(error?.message.contains(sentence) == true, "\(json): \(error?.message ?? "understood")")
  }

  /// What a field cannot hold, and the sentence that says so.
  static let unacceptable: [(json: String, sentence: String)] = [
    (#"{"a":"\ud83d"}"#, "the text at byte "),
    (#"{"a":"\udcfa"}"#, "the text at byte "),
    (#"{"a":"\ud83dx"}"#, "the text at byte "),
    (#"{"a":"\ud83d\ud83d"}"#, "the text at byte "), (#"{"a":"\ud83d\n"}"#, "the text at byte "),
    (#"{"a":"\udcfa\ud83d"}"#, "the text at byte "),
    (#"{"requestId":true}"#, "ClientFrame.requestId must be an integer, but a boolean came"),
    (#"{"requestId":{}}"#, "ClientFrame.requestId must be an integer, but an object came"),
    (#"{"requestId":-1}"#, "ClientFrame.requestId must be an integer from 0 to 18446744073709551615"),
    (#"{"requestId":18446744073709551616}"#, "ClientFrame.requestId must be an integer from 0 to"),
    (#"{"requestId":1e20}"#, "ClientFrame.requestId must be an integer from 0 to"),
    (#"{"requestId":1e999999999999999999999}"#, "ClientFrame.requestId must be an integer from 0 to"),
    (#"{"requestId":1e-999999999999999999999}"#, "ClientFrame.requestId must be an integer from 0 to"),
    (#"{"requestId":1.5}"#, "ClientFrame.requestId must be an integer"),
    (#"{"requestId":""}"#, "ClientFrame.requestId must be an integer"),
    (#"{"requestId":" 5"}"#, "ClientFrame.requestId must be an integer"),
    (#"{"requestId":"0x5"}"#, "ClientFrame.requestId must be an integer"),
    (#"{"requestId":"5\u0000"}"#, "ClientFrame.requestId must be an integer"),
    (#"{"requestId":1,"requestId":1}"#, "ClientFrame.requestId is there twice"),
    (#"{"requestId":1,"request_id":1}"#, "ClientFrame.requestId is there twice"),
    (#"{"requestId":null,"requestId":1}"#, "ClientFrame.requestId is there twice"),
    (#"{"ping":{},"join":{}}"#, "ClientFrame.join and ClientFrame.ping exclude each other"),
    (#"{"ping":5}"#, "ClientFrame.ping must be an object, but a number came"),
    (#"{"ping":[]}"#, "ClientFrame.ping must be an object, but an array came"),
    (#"{"connect":{"user":5}}"#, "Connect.user must be a string, but a number came"),
    (#"{"connect":{"user":"a\u0000"}}"#, "Connect.user has a NUL character"),
    (#"{"connect":{"resume":{}}}"#, "Connect.resume must be an array, but an object came"),
    (#"{"connect":{"resume":[null]}}"#, "Connect.resume must be an object, but null came"),
    (#"{"connect":{"resume":[5]}}"#, "Connect.resume must be an object, but a number came"),
    (#"{"publish":{"to":"group:a"}}"#, "Publish.to must be an array, but a string came"),
    (#"{"publish":{"to":[null]}}"#, "Publish.to must be a string, but null came"),
    (#"{"publish":{"clientMessageId":7}}"#, "Publish.clientMessageId must be a string"),
    (#"{"publish":{"body":[104]}}"#, "Publish.body must be a string of Base64, but an array came"),
    (#"{"publish":{"body":"a"}}"#, "Publish.body is not Base64"),
    (#"{"publish":{"body":"aGk ="}}"#, "Publish.body is not Base64"),
    (#"{"publish":{"body":"aGk==" }}"#, "Publish.body is not Base64"),
    (#"{"publish":{"body":"===="}}"#, "Publish.body is not Base64"),
    (#"{"publish":{"body":"aé=="}}"#, "Publish.body is not Base64"),
    (#"{"history":{"limit":4294967296}}"#, "History.limit must be an integer from 0 to 4294967295"),
    (#"{"history":{"fromStart":1}}"#, "History.fromStart must be true or false, but a number came"),
    (#"{"history":{"fromStart":"true"}}"#, "History.fromStart must be true or false, but a string came"),
    (
      #"{"subscribe":{"start":"START_NOW"}}"#,
      "Subscribe.start must be a number or one of START_TAIL, START_AFTER"
    ),
    (
      #"{"subscribe":{"start":2147483648}}"#,
      "Subscribe.start must be an integer from -2147483648 to 2147483647"
    ),
    (#"{"subscribe":{"start":true}}"#, "Subscribe.start must be an integer, but a boolean came"),
  ]

  @Test(arguments: unacceptable.indices)
  func `what a field cannot hold is refused with its name and what it can`(index: Int) {
    let (json, sentence) = Self.unacceptable[index]
    let error = refusal { () throws(ChatError) in try decodeClient(json: json) }
    #expect(error?.code == .invalidArgument)
    #expect(error?.message.hasPrefix(sentence) == true, "\(json): \(error?.message ?? "understood")")
  }

  @Test(arguments: MalformedFrameTests.notUTF8)
  func `text that is not UTF-8 is refused wherever it is`(text: [UInt8]) {
    let places = [
      ("{\"", "\":1}"), ("{\"a\":\"", "\"}"), ("{\"connect\":{\"user\":\"", "\"}}"),
      ("{\"a\":\"12345678", ""),
    ]
    for (before, after) in places {
      let json = Array(before.utf8) + text + Array(after.utf8)
      let error = refusal { () throws(ChatError) in try decodeClient(jsonBytes: json) }
      #expect(error?.code == .malformedFrame)
      #expect(error?.message.contains("not valid UTF-8") == true)
    }
  }

  @Test(arguments: ["{\"a\":", "[", "{\"connect\":{\"resume\":[{\"a\":["])
  func `a bomb of brackets is refused before the stack is full`(opening: String) {
    let json = "{\"a\":" + String(repeating: opening, count: 200_000)
    let error = refusal { () throws(ChatError) in try decodeClient(json: json) }
    #expect(error?.code == .malformedFrame)
    #expect(error?.message.contains("nested more than 16 deep") == true)
  }

  @Test func `what nests sixteen deep is understood`() throws {
    let json = "{\"a\":" + String(repeating: "[", count: 15) + String(repeating: "]", count: 15) + "}"
    let frame = try decodeClient(json: json)
    #expect(frame.body == .unknown)
  }

  @Test func `a number of a megabyte is refused where it has a meaning, and skipped elsewhere`() throws {
    let number = String(repeating: "9", count: 1 << 20)
    for json in ["{\"requestId\":\(number)}", "{\"requestId\":\"\(number)\"}", "{\"requestId\":0.\(number)}"]
    {
      let error = refusal { () throws(ChatError) in try decodeClient(json: json) }
      #expect(error?.code == .invalidArgument)
      #expect((error?.message.utf8.count ?? .max) < 200)
    }
    let frame = try decodeClient(json: "{\"tomorrow\":\(number)}")
    #expect(frame == ClientFrame(requestID: 0, body: .unknown))
  }

  @Test(arguments: [
    #""user":"\#(String(repeating: "a", count: 5000))""#,
    #""user":"\#(String(repeating: #"\n"#, count: 5000))""#,
    #""resume":[\#(Array(repeating: "{}", count: 2000).joined(separator: ","))]"#,
    #""\#(String(repeating: #"\n"#, count: 5000))":1"#,
  ])
  func `a frame that takes more memory than allowed is refused`(member: String) {
    let json = "{\"connect\":{\(member)}}"
    let error = refusal { () throws(ChatError) in try decodeClient(json: json, decodingBytes: 4096) }
    #expect(error?.code == .limitExceeded)
    #expect(error?.message.contains("decoding_bytes is ") == true)
  }

  @Test func `every beginning of a frame is refused`() throws {
    for frame in WireSamples.clientFrames {
      let text = Array(try json(frame).utf8)
      for length in 0..<min(text.count, 600) {
        let error = refusal { () throws(ChatError) in try decodeClient(jsonBytes: Array(text[..<length])) }
        #expect(error?.code == .malformedFrame)
      }
    }
  }
}
