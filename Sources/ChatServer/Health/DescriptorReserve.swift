/// Descriptors that are kept: some from clients, so that operators come in when clients take all others; some from all, for
/// the process itself.
///
/// A process without any does not only lack connections. The store cannot open a file, and Swift's runtime ends it, because
/// it looks at its threads through files: `_dispatch_workq_monitor_pools` of libdispatch.
struct DescriptorReserve: Hashable {
  static let operators: UInt64 = 16
  static let process: UInt64 = 8
  /// So many of those for operators are used while clients are told that there are none, or are closed at once.
  private static let passing = 8
  /// So much of what clients may have can be taken before the node says that it will run out.
  private static let share = 0.9

  /// How many connections clients may have.
  let clients: Int
  /// How many with those that are only told or closed.
  var passingClients: Int { clients + Self.passing }
  /// How many connections there may be.
  let all: Int

  /// Nil: the system does not tell what there is.
  ///
  /// - Parameters:
  ///   - usage: that of the process before clients come.
  ///   - listeners: how many are about to be opened.
  init?(besides usage: ProcessUsage, listeners: Int = 0) {
    guard let open = usage.openDescriptors, let most = usage.maxDescriptors else { return nil }
    func left(_ kept: UInt64) -> Int {
      let taken = open.addingReportingOverflow(kept + UInt64(clamping: listeners))
      return taken.overflow || taken.partialValue >= most ? 0 : Int(clamping: most - taken.partialValue)
    }
    clients = min(left(Self.process + Self.operators), .max - Self.passing)
    all = left(Self.process)
  }

  static func runsOut(_ usage: ProcessUsage) -> Bool {
    guard let open = usage.openDescriptors, let most = usage.maxDescriptors else { return false }
    return Double(open) >= (Double(most) - Double(operators + process)) * share
  }
}
