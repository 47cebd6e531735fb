import Testing

@testable import ChatServer

@Suite struct OriginRulesTests {
  /// The rules for a connection from another machine, or from this one.
  private struct Connection {
    var allowed: [String] = []
    let isLoopback: Bool
    var isEncrypted = false

    func allows(_ origin: String?, host: String?) -> Bool {
      OriginRules(allowed: allowed).allows(
        origin, host: host, isLoopback: isLoopback, isEncrypted: isEncrypted)
    }
  }

  private let open = Connection(isLoopback: false)
  private let local = Connection(isLoopback: true)

  @Test func `Who is no browser names no origin, and may connect`() {
    for rules in [open, local] {
      #expect(rules.allows(nil, host: "chat.example"))
      #expect(rules.allows(nil, host: nil))
    }
  }

  @Test(
    "The broker's own pages may connect, by any name that leads there",
    arguments: [
      ("http://chat.example:7480", "chat.example:7480"), ("https://chat.example", "chat.example"),
      ("http://192.0.2.7:7480", "192.0.2.7:7480"), ("http://[2001:db8::7]:7480", "[2001:db8::7]:7480"),
      ("http://localhost:7480", "localhost:7480"), ("https://Chat.Example", "chat.example"),
      ("https://chat.example", "CHAT.EXAMPLE"),
    ])
  func ownPages(origin: String, host: String) {
    #expect(open.allows(origin, host: host))
  }

  @Test(
    "The default port may be there or not",
    arguments: [
      ("http://chat.example:80", "chat.example", true), ("https://chat.example:443", "chat.example", true),
      ("http://chat.example:443", "chat.example", false), ("https://chat.example:80", "chat.example", false),
      ("http://[2001:db8::7]:80", "[2001:db8::7]", true),
    ])
  func defaultPorts(origin: String, host: String, isAllowed: Bool) {
    #expect(open.allows(origin, host: host) == isAllowed)
  }

  @Test(
    "Where the broker encrypts, pages that came without may not connect",
    arguments: [
      ("https://chat.example", "chat.example", true), ("https://chat.example:443", "chat.example", true),
      ("https://chat.example:7480", "chat.example:7480", true),
      ("http://chat.example", "chat.example", false),
      ("http://chat.example:80", "chat.example", false),
      ("http://chat.example:7480", "chat.example:7480", false),
    ])
  func encrypted(origin: String, host: String, isAllowed: Bool) {
    let rules = Connection(isLoopback: false, isEncrypted: true)
    #expect(rules.allows(origin, host: host) == isAllowed)
  }

  @Test(
    "Pages of others may not",
    arguments: [
      ("http://chat.example:8080", "chat.example:7480"), ("http://chat.example", "chat.example:7480"),
      ("http://chat.example:7480", "chat.example"), ("http://evil.example", "chat.example"),
      ("http://chat.example.evil.example", "chat.example"), ("http://evilchat.example", "chat.example"),
      ("http://localhost:3000", "localhost:7480"), ("http://127.0.0.1:7480", "localhost:7480"),
      ("http://chat.example/", "chat.example"), ("chat.example", "chat.example"),
      ("ftp://chat.example", "chat.example"), ("null", "chat.example"), ("null", "null"),
      ("", "chat.example"),
      ("", ""), ("http://", ""), ("http://:80", ""),
    ])
  func otherPages(origin: String, host: String) {
    #expect(!open.allows(origin, host: host))
    #expect(!local.allows(origin, host: host))
  }

  @Test func `Without a Host there is no page of our own`() {
    for rules in [open, local] { #expect(!rules.allows("http://chat.example", host: nil)) }
  }

  @Test(
    "On loopback a name may be anybody's: only addresses and localhost are our own",
    arguments: [
      ("localhost:7480", true), ("LOCALHOST:7480", true), ("127.0.0.1:7480", true), ("[::1]:7480", true),
      ("127.0.0.1", true), ("evil.example:7480", false), ("localhost.evil.example:7480", false),
      ("127.0.0.1.evil.example:7480", false), ("evil.localhost:7480", false), ("1a:7480", false),
    ])
  func rebinding(host: String, isAllowed: Bool) {
    #expect(local.allows("http://\(host)", host: host) == isAllowed)
    #expect(open.allows("http://\(host)", host: host))
  }

  @Test func `What the operator allows may connect, whatever the Host`() {
    let rules = Connection(
      allowed: ["https://Shop.example", "https://other.example:8443"], isLoopback: true)
    for host in ["127.0.0.1:7480", "evil.example", nil] {
      #expect(rules.allows("https://shop.example", host: host))
      #expect(rules.allows("https://SHOP.example", host: host))
      #expect(rules.allows("https://other.example:8443", host: host))
      #expect(!rules.allows("https://other.example", host: host))
      #expect(!rules.allows("http://shop.example", host: host))
      #expect(!rules.allows("https://a.shop.example", host: host))
      #expect(!rules.allows("null", host: host))
    }
    let any = Connection(allowed: ["*"], isLoopback: true)
    for origin in ["https://evil.example", "null", ""] { #expect(any.allows(origin, host: nil)) }
  }
}
