/// Columns of text beside each other.
struct TextTable {
  /// Wider columns are not lined up, so that one long value does not push all others away.
  private static let mostWidth = 60

  private let rows: [[String]]

  init(_ rows: [[String]]) {
    self.rows = rows
  }

  /// With a line end behind each row.
  var text: String {
    let columns = rows.map(\.count).max() ?? 0
    let widths = (0..<columns).map { column in
      min(Self.mostWidth, rows.map { $0.indices.contains(column) ? $0[column].count : 0 }.max() ?? 0)
    }
    return rows.map { row in
      row.enumerated().map { column, cell in
        column == row.count - 1
          ? cell : cell + String(repeating: " ", count: max(0, widths[column] - cell.count))
      }.joined(separator: "  ") + "\n"
    }.joined()
  }
}
