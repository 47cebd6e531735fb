import CChatProtos
import CProtobufC

// What client and server frames have in common: libprotobuf-c's memory, strings, lists and positions.

extension Arena {
  /// Lets libprotobuf-c take all its memory from this arena. Valid as long as the arena.
  var allocator: ProtobufCAllocator {
    ProtobufCAllocator(
      alloc: { control, size in
        control?.assumingMemoryBound(to: Arena.Control.self).pointee.allocate(size)
      },
      free: { _, _ in },
      allocator_data: control)
  }

  /// Why libprotobuf-c could not unpack a frame.
  func refusal(of frame: StaticString) -> ChatError {
    isExhausted
      ? .limit(
        "decoding_bytes",
        "decoding_bytes is \(limit), and decoding the frame takes more memory: send fewer entries in one frame"
      )
      : ChatError(
        .malformedFrame,
        "the bytes are not a chat.v1.\(frame): check that both sides use the same framing and the same Protos/chat/v1"
      )
  }
}

// MARK: Decoding

extension Arena {
  /// The text of an unpacked string with its true length.
  func text(_ string: UnsafePointer<CChar>?, _ field: StaticString) throws(ChatError) -> String {
    // What is not in the arena is the library's empty string.
    guard let string, let size = size(ofPieceAt: string), size > 1 else { return "" }
    guard let text = String(validatingCString: string) else {
      throw ChatError(.invalidArgument, "\(field) is not valid UTF-8: encode text as UTF-8")
    }
    // A NUL ends the C string before its bytes end. It is refused because it would not survive being sent on.
    guard text.utf8.count == size - 1 else {
      throw ChatError(.invalidArgument, "\(field) has a NUL character in it: leave it out")
    }
    return text
  }

  /// The values of an unpacked repeated field.
  func list<Entry, Value>(
    _ entries: UnsafeMutablePointer<UnsafeMutablePointer<Entry>?>?, _ count: Int,
    _ value: (UnsafeMutablePointer<Entry>) throws(ChatError) -> Value
  ) throws(ChatError) -> [Value] {
    var values: [Value] = []
    values.reserveCapacity(count)
    for entry in UnsafeBufferPointer(start: entries, count: count) {
      guard let entry else { continue }
      values.append(try value(entry))
    }
    return values
  }

  func position(
    _ position: UnsafeMutablePointer<Chat__V1__Position>, _ field: StaticString
  ) throws(ChatError) -> Position {
    Position(
      conversation: try text(position.pointee.conversation, field),
      epoch: position.pointee.epoch, sequence: position.pointee.sequence)
  }
}

extension ProtobufCBinaryData {
  var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: data, count: data == nil ? 0 : len) }

  /// Refers to the payload's bytes. The payload must outlive the packing.
  init(_ payload: Payload) {
    // Packing only reads, but the C type is the same for both directions.
    self = payload.withUnsafeBytes { bytes in
      let data = UnsafeMutableRawPointer(mutating: bytes.baseAddress)?.assumingMemoryBound(to: UInt8.self)
      return ProtobufCBinaryData(len: bytes.count, data: data)
    }
  }
}

// MARK: Encoding

extension Arena {
  /// A C struct for encoding, in its initial state.
  func make<Value>(_ initialize: (UnsafeMutablePointer<Value>?) -> Void) -> UnsafeMutablePointer<Value> {
    let value = room(for: Value.self, count: 1)
    initialize(value)
    return value
  }

  /// A C string for encoding. It ends at a NUL in the text, if there is one.
  func string(_ text: String) -> UnsafeMutablePointer<CChar> {
    var text = text
    return text.withUTF8 { utf8 in
      let copy = room(for: CChar.self, count: utf8.count + 1)
      if let start = utf8.baseAddress {
        UnsafeMutableRawPointer(copy).copyMemory(from: start, byteCount: utf8.count)
      }
      copy[utf8.count] = 0
      return copy
    }
  }

  /// A repeated field for encoding.
  func entries<Value, Entry>(
    _ values: [Value], _ entry: (Value) -> UnsafeMutablePointer<Entry>
  ) -> UnsafeMutablePointer<UnsafeMutablePointer<Entry>?> {
    let entries = room(for: UnsafeMutablePointer<Entry>?.self, count: values.count)
    for (index, value) in values.enumerated() {
      (entries + index).initialize(to: entry(value))
    }
    return entries
  }

  func packable(_ position: Position) -> UnsafeMutablePointer<Chat__V1__Position> {
    let made = make(chat__v1__position__init)
    made.pointee.conversation = string(position.conversation)
    made.pointee.epoch = position.epoch
    made.pointee.sequence = position.sequence
    return made
  }

  private func room<Value>(for type: Value.Type, count: Int) -> UnsafeMutablePointer<Value> {
    guard let memory = allocate(count * MemoryLayout<Value>.stride) else {
      // No input gets here: only the arena for decoding has a limit, and this is never called on it.
      preconditionFailure("an arena for encoding has no limit")  // A fault of this module, not of a peer.
    }
    return memory.bindMemory(to: type, capacity: count)
  }
}
