/// Bars in groups, as SVG: one group for each scenario, one bar for each server.
struct BarChart {
  struct Bar {
    var server: ServerKind
    var value: Double
    var text: String
  }

  struct Group {
    var name: String
    var bars: [Bar]
  }

  private static let width = 760.0
  private static let left = 150.0
  private static let right = 120.0
  private static let barHeight = 18.0
  private static let gap = 16.0

  var groups: [Group]
  var logarithmic = false

  var svg: String {
    let values = groups.flatMap(\.bars).map(\.value)
    // Room at the low end, so that the smallest bar of a logarithmic chart is seen.
    let axis = Axis(values + (values.min().map { [$0 * 0.6] } ?? []), logarithmic: logarithmic)
    var parts: [String] = []
    var y = 4.0
    for group in groups {
      parts.append(SVG.text(group.name, x: 0, y: y + 13, anchor: "start", kind: "title"))
      y += Self.barHeight + 2
      for bar in group.bars {
        let length = max(1, axis.place(bar.value) * (Self.width - Self.left - Self.right))
        parts.append(SVG.text(bar.server.title, x: Self.left - 8, y: y + 13, anchor: "end"))
        parts.append(
          "<rect class=\"bar \(bar.server.rawValue)\" x=\"\(Self.left)\" y=\"\(SVG.number(y + 1))\" "
            + "width=\"\(SVG.number(length))\" height=\"\(Self.barHeight - 3)\" rx=\"2\"/>")
        parts.append(SVG.text(bar.text, x: Self.left + length + 6, y: y + 13, anchor: "start"))
        y += Self.barHeight
      }
      y += Self.gap
    }
    return
      "<svg viewBox=\"0 0 \(Self.width) \(SVG.number(y))\" role=\"img\">\(parts.joined(separator: "\n"))</svg>"
  }
}
