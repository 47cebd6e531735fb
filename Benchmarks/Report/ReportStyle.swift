/// How the page looks: one colour for each server, in all pictures.
enum ReportStyle {
  private static let colours: [(ServerKind, String)] = [
    (.broker, "#0072b2"), (.brokerStored, "#56b4e9"), (.brokerRepeats, "#004c7a"),
    (.brokerWebSocket, "#e69f00"), (.brokerJSON, "#b8860b"), (.limit, "#777777"),
    (.nats, "#009e73"),
    (.jetstream, "#009e73"), (.redis, "#d55e00"), (.redisStreams, "#d55e00"), (.mosquitto, "#cc79a7"),
  ]

  static var text: String {
    let servers = colours.map { server, colour in
      ".line.\(server.rawValue),.dot.\(server.rawValue){stroke:\(colour)}"
        + ".bar.\(server.rawValue),.dot.\(server.rawValue),.name.\(server.rawValue){fill:\(colour)}"
    }
    return """
      :root{--text:#1c1e21;--weak:#666;--grid:#e2e2e2;--page:#fff}
      @media(prefers-color-scheme:dark){:root{--text:#e6e6e6;--weak:#a0a0a0;--grid:#3a3a3a;--page:#18191b}}
      body{font:16px/1.5 system-ui,"DejaVu Sans",sans-serif;color:var(--text);background:var(--page);margin:0}
      main{max-width:1080px;margin:0 auto;padding:24px 20px 60px}
      h1{font-size:28px}h2{font-size:21px;margin-top:44px}h3{font-size:16px;margin:28px 0 6px}
      .machine{color:var(--weak)}svg{width:100%;height:auto;overflow:visible}
      svg text{font-size:13px;fill:var(--text)}svg .label{fill:var(--weak)}svg .title{font-weight:600}
      .grid{stroke:var(--grid)}.line{fill:none;stroke-width:2.2;stroke-linejoin:round}
      \(servers.joined(separator: "\n"))
      svg .name{font-weight:600}
      .wide{overflow-x:auto}table{border-collapse:collapse;font-variant-numeric:tabular-nums;font-size:14px}
      th,td{text-align:right;padding:4px 10px;border-bottom:1px solid var(--grid);white-space:nowrap}
      th:first-child,td:first-child{text-align:left;padding-left:0}
      pre{background:var(--grid);padding:12px;white-space:pre-wrap;border-radius:4px}
      li.holds::marker{content:"✓ ";color:#009e73}li.missed::marker{content:"✗ ";color:#d55e00}
      """
  }
}
