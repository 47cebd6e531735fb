/// Finds what somebody may have meant.
enum NearestName {
  /// Longer names are not compared: nobody has meant one of ours.
  private static let mostLetters = 100

  /// The name that differs least, by letters that are missing, added, exchanged or wrong; nil if all are too
  /// far away. What separates words does not count.
  static func find(_ text: String, in names: some Sequence<String>) -> String? {
    let wanted = letters(text)
    guard !wanted.isEmpty, wanted.count <= mostLetters else { return nil }
    var best: (name: String, distance: Int)?
    for name in names {
      let distance = distance(wanted, letters(name))
      if distance < best?.distance ?? .max { best = (name, distance) }
    }
    guard let best, best.distance <= max(1, wanted.count / 3) else { return nil }
    return best.name
  }

  private static func letters(_ text: String) -> [UInt8] {
    text.lowercased().utf8.map { $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_") ? UInt8(ascii: ".") : $0 }
  }

  /// Levenshtein's, with neighbours exchanged as one step. O(product of the lengths).
  private static func distance(_ one: [UInt8], _ other: [UInt8]) -> Int {
    var beforeLast: [Int] = []
    var last = Array(0...other.count)
    for i in one.indices {
      var row = [i + 1]
      for j in other.indices {
        var cost = min(last[j] + (one[i] == other[j] ? 0 : 1), last[j + 1] + 1, row[j] + 1)
        if i > 0, j > 0, one[i] == other[j - 1], one[i - 1] == other[j] {
          cost = min(cost, beforeLast[j - 1] + 1)
        }
        row.append(cost)
      }
      (beforeLast, last) = (last, row)
    }
    return last[other.count]
  }
}
