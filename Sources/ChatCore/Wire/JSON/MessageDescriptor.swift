import CChatProtos
import CProtobufC

/// A message type of `Protos/`, as libprotobuf-c describes it.
struct MessageDescriptor {
  /// Generated code; it lives as long as the process.
  let pointer: UnsafePointer<ProtobufCMessageDescriptor>

  /// `chat.v1.ClientFrame`
  static var clientFrame: MessageDescriptor {
    var frame = Chat__V1__ClientFrame()
    chat__v1__client_frame__init(&frame)
    return MessageDescriptor(pointer: frame.base.descriptor)
  }

  /// `chat.v1.ServerFrame`
  static var serverFrame: MessageDescriptor {
    var frame = Chat__V1__ServerFrame()
    chat__v1__server_frame__init(&frame)
    return MessageDescriptor(pointer: frame.base.descriptor)
  }

  /// The frames and all that can be in them.
  static var all: [MessageDescriptor] {
    var found = [clientFrame, serverFrame]
    var index = 0
    while index < found.count {
      for message in found[index].fields.compactMap(\.message)
      where !found.contains(where: { $0.pointer == message.pointer }) {
        found.append(message)
      }
      index += 1
    }
    return found
  }

  /// The full name: `chat.v1.Message`.
  var name: String { String(cString: pointer.pointee.name) }

  /// The name in sentences: `Message`.
  var shortName: String { String(cString: pointer.pointee.short_name) }

  /// In order of their numbers.
  var fields: some RandomAccessCollection<FieldDescriptor> {
    (0..<Int(pointer.pointee.n_fields)).lazy.map { field(at: $0) }
  }

  /// The field that a name in JSON means, and where it stands among the fields: `requestId` and `request_id` both
  /// mean request_id.
  func indexOfField(named name: UnsafeRawBufferPointer) -> Int? {
    (0..<Int(pointer.pointee.n_fields)).first { field(at: $0).isNamed(name) }
  }

  func field(at index: Int) -> FieldDescriptor {
    FieldDescriptor(pointer: pointer.pointee.fields + index, owner: self)
  }
}
