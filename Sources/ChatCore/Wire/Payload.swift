/// Bytes that somebody else keeps alive: a message's body in a decoder's arena, in the frame that was decoded, or in a segment.
///
/// A payload copies nothing. One with an `owner` is valid as long as the payload itself; one without is
/// valid until its decoder decodes the next frame or the bytes of its own are gone, so it must not be stored. Whoever needs the bytes
/// longer copies them with ``bytes``.
public struct Payload: @unchecked Sendable {  // The memory is immutable while a payload refers to it.
  private let base: UnsafeRawPointer?
  /// How many bytes.
  public let count: Int
  private let owner: AnyObject?

  /// No bytes.
  public static let empty = Payload(base: nil, count: 0, owner: nil)

  /// Refers to bytes that `owner` keeps alive and unchanged.
  package init(base: UnsafeRawPointer?, count: Int, owner: AnyObject?) {
    self.base = base
    self.count = count
    self.owner = owner
  }

  /// Copies the bytes into memory of their own. O(n).
  public init(_ bytes: [UInt8]) {
    let owner = PayloadBytes(bytes)
    self.init(base: owner.memory.baseAddress.map { UnsafeRawPointer($0) }, count: bytes.count, owner: owner)
  }

  /// A copy of the bytes. O(n).
  public var bytes: [UInt8] { withUnsafeBytes { [UInt8]($0) } }

  /// Lends the bytes for the duration of `body`.
  public func withUnsafeBytes<Result, Failure: Error>(
    _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    defer { withExtendedLifetime(owner) {} }
    return try body(UnsafeRawBufferPointer(start: base, count: count))
  }

  /// The same bytes, safe to keep.
  package var owned: Payload { owner == nil && count > 0 ? Payload(bytes) : self }
}

extension Payload: Hashable {
  /// Compares bytes. O(n).
  public static func == (left: Payload, right: Payload) -> Bool {
    left.withUnsafeBytes { one in right.withUnsafeBytes { other in one.elementsEqual(other) } }
  }

  /// Hashes the bytes. O(n).
  public func hash(into hasher: inout Hasher) {
    withUnsafeBytes { hasher.combine(bytes: $0) }
  }
}

private final class PayloadBytes {
  let memory: UnsafeMutableBufferPointer<UInt8>

  init(_ bytes: [UInt8]) {
    memory = .allocate(capacity: bytes.count)
    _ = memory.initialize(from: bytes)
  }

  deinit { memory.deallocate() }
}
