/// A mistake made on purpose. The simulation must find each.
enum PlantedFault: String, CaseIterable, Sendable {
  /// The store answers before its commit is safe from a crash.
  case acknowledgedBeforeCommit
  /// Where the window ends and the store takes over, one message is left out.
  case offByOneAtWindowEdge
  /// A client message id that was stored before is stored again.
  case duplicateAccepted
  /// Sequences deleted by retention are passed over in silence.
  case gapSwallowed
  /// A session whose socket takes bytes again is not told so.
  case writableCursorNotWoken
}
