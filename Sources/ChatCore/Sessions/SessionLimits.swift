/// The limits that a session is told when it begins.
///
/// They hold for it until it ends, whatever is changed meanwhile: its client goes by them. Shared by all sessions
/// that began under the same ``Limits``.
final class SessionLimits: Sendable {
  let frameBytes: Int
  let bodyBytes: Int
  let addressesPerPublish: Int
  let pageMessages: Int
  let idleTimeout: UInt64
  let heartbeatInterval: UInt64
  let announced: ServerFrame.AnnouncedLimits

  init(_ limits: Limits) {
    frameBytes = limits.frameBytes
    bodyBytes = limits.bodyBytes
    addressesPerPublish = limits.addressesPerPublish
    pageMessages = limits.pageMessages
    idleTimeout = limits.idleTimeout
    heartbeatInterval = limits.heartbeatInterval
    announced = limits.announced
  }
}
