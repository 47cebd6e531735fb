/// What became of sessions and publishes on one loop since the start, by what is rare enough for a dictionary.
package struct SessionCounters: Hashable, Sendable {
  /// Sessions that got `Connected`, by what their connections speak.
  package var opened: [WireFormat: UInt64] = [:]
  /// Those that have ended, by the code that they were told; without one, the client or the network ended it.
  package var closed: [ErrorCode?: UInt64] = [:]
  /// Messages that were refused, once for each address.
  package var publishErrors: [ErrorCode: UInt64] = [:]
}
