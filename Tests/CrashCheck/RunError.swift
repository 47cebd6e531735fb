/// Why a run could not be carried out. It says nothing about the broker's promises.
struct RunError: Error, CustomStringConvertible {
  /// What happened and what to do next.
  let description: String

  init(_ description: String) {
    self.description = description
  }
}
