/// Memory for one frame: taken piece by piece, given back all at once.
///
/// Each piece is at a multiple of 16 bytes and has its size in front of it, since a C string that was unpacked
/// from a frame does not tell its length when it has a NUL in it.
struct Arena: ~Copyable {
  /// The first chunk is kept from frame to frame; further ones are freed.
  static let keptBytes = 64 * 1024
  /// What stands in front of each piece and each chunk.
  private static let headerBytes = 16

  /// On the heap, because C code holds its address while it unpacks a frame.
  let control: UnsafeMutablePointer<Control>

  /// - Parameter limit: the most memory in bytes that one frame may take.
  init(limit: Int) {
    control = .allocate(capacity: 1)
    control.initialize(to: Control(limit: limit))
  }

  deinit {
    control.pointee.free()
    control.deallocate()
  }

  var limit: Int { control.pointee.limit }

  /// A piece was refused since the last reset, because of the limit.
  var isExhausted: Bool { control.pointee.isExhausted }

  /// Takes back all pieces.
  func reset() { control.pointee.reset() }

  /// A piece of `size` bytes, not initialized; nil if the limit does not allow it.
  func allocate(_ size: Int) -> UnsafeMutableRawPointer? { control.pointee.allocate(size) }

  /// The size that the piece was asked for with; nil if `address` is not in this arena. It must be the start of
  /// a piece if it is.
  func size(ofPieceAt address: UnsafeRawPointer) -> Int? {
    control.pointee.contains(address)
      ? (address - Self.headerBytes).load(as: Int.self) : nil
  }

  /// What C code knows of the arena.
  struct Control {
    let limit: Int
    private(set) var isExhausted = false
    /// Of all chunks.
    private var bytes = 0
    /// The newest chunk. It starts with the address of the one before and its own size.
    private var chunk: UnsafeMutableRawPointer?
    private var used = 0
    private var chunkBytes = 0

    init(limit: Int) {
      self.limit = limit
    }

    mutating func allocate(_ size: Int) -> UnsafeMutableRawPointer? {
      // The slack keeps the sums below from overflowing, whatever the size.
      guard size >= 0, size <= limit, size <= .max - 4 * headerBytes else { return refuse() }
      let needed = headerBytes + (size + headerBytes - 1) / headerBytes * headerBytes
      guard needed <= chunkBytes - used || grow(by: needed), let chunk else { return refuse() }
      let piece = chunk + used
      piece.storeBytes(of: size, as: Int.self)
      used += needed
      return piece + headerBytes
    }

    private mutating func refuse() -> UnsafeMutableRawPointer? {
      isExhausted = true
      return nil
    }

    /// Takes a chunk in which a piece of `needed` bytes fits, or returns false.
    private mutating func grow(by needed: Int) -> Bool {
      if chunk == nil {
        push(min(keptBytes, limit))
        if needed <= chunkBytes - used { return true }
      }
      let available = limit - bytes
      guard needed + headerBytes <= available else { return false }
      push(max(needed + headerBytes, min(2 * chunkBytes, available)))
      return true
    }

    private mutating func push(_ size: Int) {
      guard size >= headerBytes else { return }
      let fresh = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: headerBytes)
      fresh.storeBytes(of: chunk, as: UnsafeMutableRawPointer?.self)
      fresh.storeBytes(of: size, toByteOffset: 8, as: Int.self)
      (chunk, chunkBytes, used) = (fresh, size, headerBytes)
      bytes += size
    }

    mutating func reset() {
      isExhausted = false
      while let newest = chunk, let before = newest.load(as: UnsafeMutableRawPointer?.self) {
        newest.deallocate()
        chunk = before
      }
      guard let first = chunk else { return }
      chunkBytes = first.load(fromByteOffset: 8, as: Int.self)
      bytes = chunkBytes
      used = headerBytes
    }

    mutating func free() {
      reset()
      chunk?.deallocate()
      chunk = nil
    }

    func contains(_ address: UnsafeRawPointer) -> Bool {
      var candidate = chunk
      while let start = candidate {
        if address > UnsafeRawPointer(start), address < start + start.load(fromByteOffset: 8, as: Int.self) {
          return true
        }
        candidate = start.load(as: UnsafeMutableRawPointer?.self)
      }
      return false
    }
  }
}
