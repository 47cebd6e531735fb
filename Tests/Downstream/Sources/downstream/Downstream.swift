import ChatClient

/// Makes a client as somebody else's program does, and closes it. No broker is needed.
@main
struct Downstream {
  static func main() async {
    let client = ChatClient(.init(user: "downstream", host: "127.0.0.1", port: 7400))
    await client.close()
    print("downstream: ChatClient builds, links and closes")
  }
}
