import CChatProtos
import CProtobufC

extension Arena {
  /// Reads one JSON object into the struct that libprotobuf-c has for the message, as if it had been unpacked into
  /// this arena: strings have their true size.
  func message(
    _ type: MessageDescriptor, json: UnsafeRawBufferPointer
  ) throws(ChatError) -> UnsafeMutablePointer<ProtobufCMessage> {
    var reader = JSONReader(json)
    let kind = try reader.next()
    guard kind == .object else {
      throw ChatError(.malformedFrame, "a \(type.shortName) must be a JSON object, but \(kind) came")
    }
    let message = try message(type, from: &reader)
    try reader.finish()
    return message
  }

  /// Reads only the id of a client frame, of which another field may be unacceptable; 0 if it has none.
  ///
  /// - Throws: what is wrong with the JSON or with the id itself.
  func requestID(json: UnsafeRawBufferPointer) throws(ChatError) -> UInt64 {
    var reader = JSONReader(json, takesHalfPairs: true)
    var (id, isFirst, isSeen): (UInt64, Bool, Bool) = (0, true, false)
    _ = try reader.next()
    try reader.enter()
    while let name = try reader.nextMember(&isFirst) {
      // It may be the id's name, and it may have half a surrogate pair in it.
      guard !name.hasEscapes else { throw ChatError(.invalidArgument, "a member's name has escapes in it") }
      guard let index = MessageDescriptor.clientFrame.indexOfField(named: name.raw) else {
        try reader.skip()
        continue
      }
      let field = MessageDescriptor.clientFrame.field(at: index)
      guard field.number == 1, try reader.next() != .null else {
        try reader.skip()
        continue
      }
      guard !isSeen else { throw ChatError(.invalidArgument, "\(field.path) is there twice: write it once") }
      isSeen = true
      id = try integer(field, from: &reader)
    }
    try reader.finish()
    return id
  }

  /// Reads the object that begins here.
  private func message(
    _ type: MessageDescriptor, from reader: inout JSONReader
  ) throws(ChatError) -> UnsafeMutablePointer<ProtobufCMessage> {
    let memory = try piece(type.pointer.pointee.sizeof_message)
    let message = memory.bindMemory(to: ProtobufCMessage.self, capacity: 1)
    protobuf_c_message_init(type.pointer, message)
    // Which fields have come already.
    let fieldCount = Int(type.pointer.pointee.n_fields)
    let seen = try piece(fieldCount).initializeMemory(as: Bool.self, repeating: false, count: fieldCount)

    try reader.enter()
    var isFirst = true
    while let name = try reader.nextMember(&isFirst) {
      guard let index = type.indexOfField(named: try contents(of: name)) else {
        try reader.skip()
        continue
      }
      let field = type.field(at: index)
      guard !seen[index] else {
        throw ChatError(.invalidArgument, "\(field.path) is there twice: write it once")
      }
      seen[index] = true
      try read(field, of: memory, from: &reader)
    }
    return message
  }

  /// Reads what stands behind the field's name.
  private func read(
    _ field: FieldDescriptor, of message: UnsafeMutableRawPointer, from reader: inout JSONReader
  ) throws(ChatError) {
    if try reader.next() == .null {
      // As if it was not there.
      return try reader.literal(.null)
    }
    if field.isRepeated { return try readEntries(of: field, of: message, from: &reader) }
    if field.isInOneof {
      let number = message.load(fromByteOffset: field.quantifierOffset, as: UInt32.self)
      if let other = field.owner.fields.first(where: { $0.number == number }) {
        throw ChatError(
          .invalidArgument, "\(field.path) and \(other.path) exclude each other: set only one of them")
      }
      message.storeBytes(of: field.number, toByteOffset: field.quantifierOffset, as: UInt32.self)
    } else if field.isOptional, field.type != PROTOBUF_C_TYPE_STRING, field.type != PROTOBUF_C_TYPE_MESSAGE {
      message.storeBytes(of: 1, toByteOffset: field.quantifierOffset, as: protobuf_c_boolean.self)
    }
    try readValue(of: field, to: message + field.offset, from: &reader)
  }

  private func readEntries(
    of field: FieldDescriptor, of message: UnsafeMutableRawPointer, from reader: inout JSONReader
  ) throws(ChatError) {
    try expect(.array, "an array", field, from: &reader)
    try reader.enter()
    let stride = field.stride
    var (entries, capacity, count): (UnsafeMutableRawPointer?, Int, Int) = (nil, 0, 0)
    var isFirst = true
    while try reader.nextElement(&isFirst) {
      if count == capacity {
        capacity = max(4, 2 * capacity)
        let larger = try piece(capacity * stride)
        if let entries { larger.copyMemory(from: entries, byteCount: count * stride) }
        entries = larger
      }
      guard let entries else { break }
      try readValue(of: field, to: entries + count * stride, from: &reader)
      count += 1
    }
    message.storeBytes(of: count, toByteOffset: field.quantifierOffset, as: Int.self)
    message.storeBytes(of: entries, toByteOffset: field.offset, as: UnsafeMutableRawPointer?.self)
  }

  /// Reads the value that comes next and stores it at `place`.
  private func readValue(
    of field: FieldDescriptor, to place: UnsafeMutableRawPointer, from reader: inout JSONReader
  ) throws(ChatError) {
    switch field.type {
    case PROTOBUF_C_TYPE_UINT64, PROTOBUF_C_TYPE_FIXED64:
      place.storeBytes(of: try integer(field, from: &reader), as: UInt64.self)
    case PROTOBUF_C_TYPE_INT64, PROTOBUF_C_TYPE_SINT64, PROTOBUF_C_TYPE_SFIXED64:
      place.storeBytes(of: try integer(field, from: &reader), as: Int64.self)
    case PROTOBUF_C_TYPE_UINT32, PROTOBUF_C_TYPE_FIXED32:
      place.storeBytes(of: try integer(field, from: &reader), as: UInt32.self)
    case PROTOBUF_C_TYPE_INT32, PROTOBUF_C_TYPE_SINT32, PROTOBUF_C_TYPE_SFIXED32:
      place.storeBytes(of: try integer(field, from: &reader), as: Int32.self)
    case PROTOBUF_C_TYPE_BOOL:
      place.storeBytes(of: try boolean(field, from: &reader) ? 1 : 0, as: protobuf_c_boolean.self)
    case PROTOBUF_C_TYPE_ENUM:
      place.storeBytes(of: try enumValue(field, from: &reader), as: Int32.self)
    case PROTOBUF_C_TYPE_STRING:
      place.storeBytes(of: try string(field, from: &reader), as: UnsafeMutableRawPointer?.self)
    case PROTOBUF_C_TYPE_BYTES:
      place.storeBytes(of: try bytes(field, from: &reader), as: ProtobufCBinaryData.self)
    case PROTOBUF_C_TYPE_MESSAGE:
      try expect(.object, "an object", field, from: &reader)
      guard let type = field.message else { return }
      let message = try message(type, from: &reader)
      place.storeBytes(of: message, as: UnsafeMutablePointer<ProtobufCMessage>?.self)
    default:
      throw ChatError(.internal, "\(field.path) has a type without a form in JSON here: give it another type")
    }
  }
}
