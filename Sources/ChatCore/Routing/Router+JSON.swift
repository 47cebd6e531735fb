// What sessions that read JSON get: each segment of a window is written once as JSON on a loop, however many read it.
extension Router {
  /// The segment with a message, in the format of the cursor's session, if the message is in memory.
  mutating func segment(holding sequence: UInt64, for cursor: Cursor) -> Segment? {
    // A page is in the session's format.
    if let page = cursor.page(holding: sequence) { return page }
    let before = windowBytes
    let segment = segment(holding: sequence, in: &cursor.replica.tail, as: cursor.session.format)
    if windowBytes > before { grown.append(cursor.replica) }
    return segment
  }

  /// The segment of a window with a message, in a format. The window may grow.
  mutating func segment(holding sequence: UInt64, in tail: inout Tail, as format: WireFormat) -> Segment? {
    guard let segment = tail.window.segment(holding: sequence) else { return nil }
    guard format == .json else { return segment }
    if let known = tail.window.json(of: segment) { return known }
    counters.segmentsWrittenAsJSON &+= 1
    let json = codec.json(of: segment)
    windowBytes += tail.changeWindow { $0.add(json: json) }
    return json
  }
}

extension FrameCodec {
  /// The same messages as lines of JSON.
  mutating func json(of segment: Segment) -> Segment {
    var buffer = FrameBuffer()
    var ends = ShortList<Int>()
    ends.reserveCapacity(segment.count)
    for index in 0..<UInt64(segment.count) {
      let sequence = segment.firstSequence &+ index
      let frame = segment.offset(of: sequence)..<segment.offset(of: sequence &+ 1)
      appendLine(of: segment.bytes(frame), into: &buffer)
      ends.append(buffer.count)
    }
    return Segment(buffer.readable, firstSequence: segment.firstSequence, ends: ends)
  }

  /// Appends a frame as a session of this format gets it.
  package mutating func encode(_ frame: ServerFrame, as format: WireFormat, into buffer: inout FrameBuffer) {
    guard format == .json else { return encode(frame, into: &buffer) }
    var delimited = FrameBuffer()
    encode(frame, into: &delimited)
    appendLine(of: delimited.readable, into: &buffer)
  }

  /// - Parameter delimited: one frame of our own, behind its length.
  private mutating func appendLine(of delimited: UnsafeRawBufferPointer, into buffer: inout FrameBuffer) {
    guard case .value(_, let prefix) = Varint.read(delimited) else { return }
    do {
      try appendJSON(of: UnsafeRawBufferPointer(rebasing: delimited[prefix...]), into: &buffer)
    } catch {
      // Our own frames are well-formed. If one is not, the client is told rather than left without it.
      let fault = ServerFrame(
        body: .error(ChatError(.internal, "a frame could not be written as JSON: \(error)")))
      var told = FrameBuffer()
      encode(fault, into: &told)
      if case .value(_, let size) = Varint.read(told.readable) {
        try? appendJSON(of: UnsafeRawBufferPointer(rebasing: told.readable[size...]), into: &buffer)
      }
    }
    buffer.append(count: 1) { $0[0] = UInt8(ascii: "\n") }
  }
}
