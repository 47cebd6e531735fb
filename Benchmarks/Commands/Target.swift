/// What a scenario has to reach, as ratios within one interleaved run.
struct Target: Sendable {
  /// The most CPU time of a delivery over WebSocket in relation to one over TCP, in frames of the same bytes.
  static let webSocketRatio = 1.2

  /// The most CPU time in relation to the minimal C server.
  var limitRatio: Double?
  /// The most CPU time in relation to the peer that takes least.
  var peerRatio: Double?
  /// p50, p99 and p99.9 have to be below those of every peer.
  var latencyBelowPeers = false
}
