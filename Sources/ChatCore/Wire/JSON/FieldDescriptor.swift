// Both modules have libprotobuf-c's header in them: with one alone, Swift does not find all of its constants.
import CChatProtos
import CProtobufC

/// A field of a message type, and where it lies in libprotobuf-c's struct.
struct FieldDescriptor {
  /// Generated code; it lives as long as the process.
  let pointer: UnsafePointer<ProtobufCFieldDescriptor>
  /// The message that has this field.
  let owner: MessageDescriptor

  var type: ProtobufCType { pointer.pointee.type }
  var isRepeated: Bool { pointer.pointee.label == PROTOBUF_C_LABEL_REPEATED }
  /// A scalar that is there or not, apart from its value.
  var isOptional: Bool { pointer.pointee.label == PROTOBUF_C_LABEL_OPTIONAL }
  var isInOneof: Bool { pointer.pointee.flags & UInt32(PROTOBUF_C_FIELD_FLAG_ONEOF.rawValue) != 0 }

  /// The value, or the address of a repeated field's values, counted from the start of the struct.
  var offset: Int { Int(pointer.pointee.offset) }
  /// What says whether or how many: the number of a oneof's field (32 bits), the count of a repeated field
  /// (`Int`), whether an optional scalar is there (32 bits).
  var quantifierOffset: Int { Int(pointer.pointee.quantifier_offset) }
  /// The number on the wire.
  var number: UInt32 { pointer.pointee.id }

  /// How far one value of a repeated field is from the next.
  var stride: Int {
    switch type {
    case PROTOBUF_C_TYPE_INT32, PROTOBUF_C_TYPE_SINT32, PROTOBUF_C_TYPE_SFIXED32, PROTOBUF_C_TYPE_UINT32,
      PROTOBUF_C_TYPE_FIXED32, PROTOBUF_C_TYPE_FLOAT, PROTOBUF_C_TYPE_ENUM:
      4
    case PROTOBUF_C_TYPE_BOOL: MemoryLayout<protobuf_c_boolean>.stride
    case PROTOBUF_C_TYPE_BYTES: MemoryLayout<ProtobufCBinaryData>.stride
    default: 8
    }
  }

  /// The type of the field's messages; nil if it holds something else.
  var message: MessageDescriptor? {
    guard type == PROTOBUF_C_TYPE_MESSAGE, let descriptor = pointer.pointee.descriptor else { return nil }
    return MessageDescriptor(pointer: descriptor.assumingMemoryBound(to: ProtobufCMessageDescriptor.self))
  }

  /// The type of the field's enum; nil if it holds something else.
  var enumeration: UnsafePointer<ProtobufCEnumDescriptor>? {
    guard type == PROTOBUF_C_TYPE_ENUM else { return nil }
    return pointer.pointee.descriptor?.assumingMemoryBound(to: ProtobufCEnumDescriptor.self)
  }

  /// The name in JSON: `requestId`.
  var jsonName: NameBytes { NameBytes(pointer.pointee.name, isCamelCase: true) }

  /// The name in sentences: `ClientFrame.requestId`.
  var path: String { "\(owner.shortName).\(String(decoding: Array(jsonName), as: UTF8.self))" }

  func isNamed(_ name: UnsafeRawBufferPointer) -> Bool {
    name.elementsEqual(jsonName) || name.elementsEqual(NameBytes(pointer.pointee.name))
  }
}
