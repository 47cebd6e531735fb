/// Lines in one picture, as SVG.
struct LineChart {
  struct Line {
    var server: ServerKind
    var points: [(x: Double, y: Double)]
  }

  private static let width = 760.0
  private static let height = 340.0
  private static let left = 76.0
  private static let right = 150.0
  private static let top = 14.0
  private static let bottom = 50.0
  /// Names at the ends of lines keep this apart.
  private static let labelHeight = 16.0

  var lines: [Line]
  var xTitle: String
  var yTitle: String
  var xLogarithmic = true
  var yLogarithmic = false
  /// Where the horizontal axis has marks; `nil`: at round numbers.
  var xTicks: [(value: Double, text: String)]?

  var svg: String {
    let points = lines.flatMap(\.points)
    let x = Axis(points.map(\.x), logarithmic: xLogarithmic)
    let y = Axis(points.map(\.y), logarithmic: yLogarithmic)
    func px(_ value: Double) -> Double { Self.left + x.place(value) * (Self.width - Self.left - Self.right) }
    func py(_ value: Double) -> Double {
      Self.height - Self.bottom - y.place(value) * (Self.height - Self.top - Self.bottom)
    }
    var parts = [
      "<svg viewBox=\"0 0 \(Self.width) \(Self.height)\" role=\"img\" aria-label=\"\(HTML.escape(yTitle))\">"
    ]
    for tick in y.ticks {
      let at = SVG.number(py(tick))
      parts.append(
        "<line class=\"grid\" x1=\"\(Self.left)\" x2=\"\(Self.width - Self.right)\" y1=\"\(at)\" y2=\"\(at)\"/>"
          + SVG.text(Format.short(tick), x: Self.left - 8, y: py(tick) + 4, anchor: "end"))
    }
    for tick in xTicks ?? x.ticks.map({ ($0, Format.short($0)) }) {
      parts.append(
        SVG.text(tick.text, x: px(tick.value), y: Self.height - Self.bottom + 20, anchor: "middle"))
    }
    parts.append(
      SVG.text(
        xTitle, x: (Self.left + Self.width - Self.right) / 2, y: Self.height - 8, anchor: "middle",
        kind: "title"))
    let middle = (Self.top + Self.height - Self.bottom) / 2
    parts.append(
      "<text class=\"title\" text-anchor=\"middle\" transform=\"translate(16 \(SVG.number(middle))) rotate(-90)\">"
        + HTML.escape(yTitle) + "</text>")
    for line in lines {
      let path = line.points.map { "\(SVG.number(px($0.x))),\(SVG.number(py($0.y)))" }.joined(separator: " ")
      parts.append("<polyline class=\"line \(line.server.rawValue)\" points=\"\(path)\"/>")
      // Few points are measurements, many a curve.
      guard line.points.count <= 12 else { continue }
      for point in line.points {
        parts.append(
          "<circle class=\"dot \(line.server.rawValue)\" cx=\"\(SVG.number(px(point.x)))\" cy=\"\(SVG.number(py(point.y)))\" r=\"3.5\">"
            + "<title>\(HTML.escape(line.server.title)): \(Format.number(point.y))</title></circle>")
      }
    }
    parts += labels(py)
    return parts.joined(separator: "\n") + "</svg>"
  }

  /// Names where the lines end, moved apart.
  private func labels(_ py: (Double) -> Double) -> [String] {
    var lowest = -Double.infinity
    let ends = lines.compactMap { line in line.points.last.map { (line.server, py($0.y)) } }
    return ends.sorted { $0.1 < $1.1 }.map { server, y in
      let at = max(y + 4, lowest + Self.labelHeight)
      lowest = at
      return SVG.text(
        server.title, x: Self.width - Self.right + 10, y: at, anchor: "start", kind: "name \(server.rawValue)"
      )
    }
  }
}
