/// What this process takes of its machine. Nil: the system does not tell.
struct ProcessUsage: Sendable, Hashable {
  /// Memory that is in the machine's, in bytes.
  var residentBytes: UInt64?
  var openDescriptors: UInt64?
  /// The most that it may have.
  var maxDescriptors: UInt64?
  /// Of all its threads.
  var cpuSeconds: Double?
  /// When it began: seconds since 1970.
  var startTime: Double?
}
