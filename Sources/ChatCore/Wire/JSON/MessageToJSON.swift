import CChatProtos
import CProtobufC

extension Arena {
  /// Unpacks a message into this arena and appends it as canonical proto3 JSON. What the type does not know is
  /// left out. An error leaves the buffer as it was.
  func appendJSON(
    of bytes: UnsafeRawBufferPointer, as type: MessageDescriptor, to buffer: inout FrameBuffer
  ) throws(ChatError) {
    var allocator = self.allocator
    let start = bytes.baseAddress?.assumingMemoryBound(to: UInt8.self)
    guard let message = protobuf_c_message_unpack(type.pointer, &allocator, bytes.count, start) else {
      throw isExhausted
        ? refusal(of: "ServerFrame")
        : ChatError(
          .malformedFrame,
          "the bytes are not a \(type.name): check that both sides use the same Protos/chat/v1")
    }
    let before = buffer.count
    do throws(ChatError) {
      try append(UnsafeRawPointer(message), type, to: &buffer)
    } catch {
      buffer.truncate(to: before)
      throw error
    }
  }

  /// - Parameter message: the struct of libprotobuf-c.
  private func append(
    _ message: UnsafeRawPointer, _ type: MessageDescriptor, to buffer: inout FrameBuffer
  ) throws(ChatError) {
    buffer.appendByte(UInt8(ascii: "{"))
    var isFirst = true
    for index in 0..<Int(type.pointer.pointee.n_fields) {
      let field = type.field(at: index)
      guard has(field, in: message) else { continue }
      if !isFirst { buffer.appendByte(UInt8(ascii: ",")) }
      isFirst = false
      buffer.appendName(field.jsonName)
      buffer.appendByte(UInt8(ascii: ":"))
      if field.isRepeated {
        try appendEntries(of: field, in: message, to: &buffer)
      } else {
        try append(message + field.offset, field, to: &buffer)
      }
    }
    buffer.appendByte(UInt8(ascii: "}"))
  }

  private func appendEntries(
    of field: FieldDescriptor, in message: UnsafeRawPointer, to buffer: inout FrameBuffer
  ) throws(ChatError) {
    buffer.appendByte(UInt8(ascii: "["))
    if let entries = message.load(fromByteOffset: field.offset, as: UnsafeRawPointer?.self) {
      for index in 0..<message.load(fromByteOffset: field.quantifierOffset, as: Int.self) {
        if index > 0 { buffer.appendByte(UInt8(ascii: ",")) }
        try append(entries + index * field.stride, field, to: &buffer)
      }
    }
    buffer.appendByte(UInt8(ascii: "]"))
  }

  /// Appends the value at `place`.
  private func append(
    _ place: UnsafeRawPointer, _ field: FieldDescriptor, to buffer: inout FrameBuffer
  ) throws(ChatError) {
    switch field.type {
    case PROTOBUF_C_TYPE_UINT64, PROTOBUF_C_TYPE_FIXED64:
      buffer.appendQuotedInteger(place.load(as: UInt64.self))
    case PROTOBUF_C_TYPE_INT64, PROTOBUF_C_TYPE_SINT64, PROTOBUF_C_TYPE_SFIXED64:
      buffer.appendQuotedInteger(place.load(as: Int64.self))
    case PROTOBUF_C_TYPE_UINT32, PROTOBUF_C_TYPE_FIXED32:
      buffer.appendInteger(place.load(as: UInt32.self))
    case PROTOBUF_C_TYPE_INT32, PROTOBUF_C_TYPE_SINT32, PROTOBUF_C_TYPE_SFIXED32:
      buffer.appendInteger(place.load(as: Int32.self))
    case PROTOBUF_C_TYPE_BOOL:
      buffer.appendWord(place.load(as: protobuf_c_boolean.self) == 0 ? "false" : "true")
    case PROTOBUF_C_TYPE_ENUM:
      let number = place.load(as: Int32.self)
      if let value = protobuf_c_enum_descriptor_get_value(field.enumeration, number) {
        buffer.appendName(NameBytes(value.pointee.name))
      } else {
        buffer.appendInteger(number)
      }
    case PROTOBUF_C_TYPE_STRING:
      guard buffer.appendString(text(at: place)) else {
        throw ChatError(.invalidArgument, "\(field.path) is not valid UTF-8: encode text as UTF-8")
      }
    case PROTOBUF_C_TYPE_BYTES:
      buffer.appendBase64(place.load(as: ProtobufCBinaryData.self).bytes)
    case PROTOBUF_C_TYPE_MESSAGE:
      if let message = place.load(as: UnsafeRawPointer?.self), let type = field.message {
        try append(message, type, to: &buffer)
      } else {
        buffer.appendWord("{}")
      }
    default:
      throw ChatError(.internal, "\(field.path) has a type without a form in JSON here: give it another type")
    }
  }

  /// Whether the field is written: it was set, or its value says so if nothing else does.
  private func has(_ field: FieldDescriptor, in message: UnsafeRawPointer) -> Bool {
    if field.isRepeated { return message.load(fromByteOffset: field.quantifierOffset, as: Int.self) > 0 }
    if field.isInOneof {
      return message.load(fromByteOffset: field.quantifierOffset, as: UInt32.self) == field.number
    }
    let place = message + field.offset
    switch field.type {
    case PROTOBUF_C_TYPE_MESSAGE:
      return place.load(as: UnsafeRawPointer?.self) != nil
    case PROTOBUF_C_TYPE_STRING where field.isOptional:
      return place.load(as: UnsafeRawPointer?.self) != nil
    case _ where field.isOptional:
      return message.load(fromByteOffset: field.quantifierOffset, as: protobuf_c_boolean.self) != 0
    case PROTOBUF_C_TYPE_STRING:
      return !text(at: place).isEmpty
    case PROTOBUF_C_TYPE_BYTES:
      return !place.load(as: ProtobufCBinaryData.self).bytes.isEmpty
    case PROTOBUF_C_TYPE_BOOL:
      return place.load(as: protobuf_c_boolean.self) != 0
    default:
      return field.stride == 4 ? place.load(as: UInt32.self) != 0 : place.load(as: UInt64.self) != 0
    }
  }

  /// The string whose address lies at `place`, with its true length.
  private func text(at place: UnsafeRawPointer) -> UnsafeRawBufferPointer {
    // What is not in the arena is the library's empty string.
    guard let start = place.load(as: UnsafeRawPointer?.self), let size = size(ofPieceAt: start), size > 1
    else {
      return UnsafeRawBufferPointer(start: nil, count: 0)
    }
    return UnsafeRawBufferPointer(start: start, count: size - 1)
  }
}
