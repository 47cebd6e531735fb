import CChatProtos
import CProtobufC

// Values of single fields. What a field cannot hold is refused with the field's name and what it can hold.

extension Arena {
  /// An integer, as a number or in a string.
  func integer<Value: FixedWidthInteger>(
    _ field: FieldDescriptor, from reader: inout JSONReader
  ) throws(ChatError) -> Value {
    let text: UnsafeRawBufferPointer
    let kind = try reader.next()
    switch kind {
    case .number: text = try reader.number()
    case .string: text = try contents(of: try reader.string())
    default: throw refusal(of: kind, for: field, "an integer")
    }
    guard let value = JSONInteger(text)?.exactly(Value.self) else {
      throw ChatError(
        .invalidArgument,
        "\(field.path) must be an integer from \(Value.min) to \(Value.max), like 5 or \"5\"")
    }
    return value
  }

  func boolean(_ field: FieldDescriptor, from reader: inout JSONReader) throws(ChatError) -> Bool {
    let kind = try reader.next()
    guard kind == .true || kind == .false else { throw refusal(of: kind, for: field, "true or false") }
    try reader.literal(kind)
    return kind == .true
  }

  /// The number of an enum's value, which is there by name or by number. Any number is allowed, a name only if it
  /// is known: otherwise a slip of the pen would mean something else.
  func enumValue(_ field: FieldDescriptor, from reader: inout JSONReader) throws(ChatError) -> Int32 {
    guard try reader.next() == .string else { return try integer(field, from: &reader) }
    let name = try contents(of: try reader.string())
    let values = UnsafeBufferPointer(
      start: field.enumeration?.pointee.values, count: Int(field.enumeration?.pointee.n_values ?? 0))
    guard let value = values.first(where: { name.elementsEqual(NameBytes($0.name)) }) else {
      let names = values.map { String(cString: $0.name) }.joined(separator: ", ")
      throw ChatError(.invalidArgument, "\(field.path) must be a number or one of \(names)")
    }
    return value.value
  }

  /// A C string in a piece of exactly its size.
  func string(
    _ field: FieldDescriptor, from reader: inout JSONReader
  ) throws(ChatError) -> UnsafeMutableRawPointer {
    try expect(.string, "a string", field, from: &reader)
    let string = try reader.string()
    guard !string.hasNUL else {
      throw ChatError(.invalidArgument, "\(field.path) has a NUL character in it: leave it out")
    }
    let memory = try piece(string.count + 1)
    string.write(to: memory)
    memory.storeBytes(of: 0, toByteOffset: string.count, as: UInt8.self)
    return memory
  }

  func bytes(
    _ field: FieldDescriptor, from reader: inout JSONReader
  ) throws(ChatError) -> ProtobufCBinaryData {
    try expect(.string, "a string of Base64", field, from: &reader)
    let string = try reader.string()
    // Some encoders escape a slash or a plus.
    let memory = try piece(string.count)
    string.write(to: memory)
    guard
      let count = Base64.decode(inPlace: UnsafeMutableRawBufferPointer(start: memory, count: string.count))
    else {
      throw ChatError(
        .invalidArgument,
        "\(field.path) is not Base64: use the standard or the URL alphabet, and no white space")
    }
    return ProtobufCBinaryData(len: count, data: memory.assumingMemoryBound(to: UInt8.self))
  }

  /// The UTF-8 of a string, in place if it has no escapes.
  func contents(of string: JSONString) throws(ChatError) -> UnsafeRawBufferPointer {
    guard string.hasEscapes else { return string.raw }
    let memory = try piece(string.count)
    string.write(to: memory)
    return UnsafeRawBufferPointer(start: memory, count: string.count)
  }

  /// Refuses a next value of another kind.
  func expect(
    _ kind: JSONReader.Kind, _ allowed: String, _ field: FieldDescriptor, from reader: inout JSONReader
  ) throws(ChatError) {
    let found = try reader.next()
    guard found == kind else { throw refusal(of: found, for: field, allowed) }
  }

  /// A piece of the arena, or the error that says that it is exhausted.
  func piece(_ size: Int) throws(ChatError) -> UnsafeMutableRawPointer {
    guard let piece = allocate(size) else { throw refusal(of: "ClientFrame") }
    return piece
  }

  private func refusal(of kind: JSONReader.Kind, for field: FieldDescriptor, _ allowed: String) -> ChatError {
    ChatError(.invalidArgument, "\(field.path) must be \(allowed), but \(kind) came")
  }
}
