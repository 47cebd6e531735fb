/// Descriptors that clients do not get, so that operators come in and the store works when clients take all others.
enum DescriptorReserve {
  static let count: UInt64 = 16
  /// So much of what clients may have can be taken before the node says that it will run out.
  static let share = 0.9

  /// How many connections clients may have; nil: the system does not tell.
  ///
  /// - Parameter usage: that of the process before clients come.
  static func connections(besides usage: ProcessUsage) -> Int? {
    guard let open = usage.openDescriptors, let most = usage.maxDescriptors else { return nil }
    let taken = open.addingReportingOverflow(count)
    return taken.overflow || taken.partialValue >= most ? 0 : Int(clamping: most - taken.partialValue)
  }

  static func runsOut(_ usage: ProcessUsage) -> Bool {
    guard let open = usage.openDescriptors, let most = usage.maxDescriptors else { return false }
    return Double(open) >= (Double(most) - Double(count)) * share
  }
}
