import ChatCore
import Foundation

/// A connection to our broker that follows a conversation and throws away what comes.
///
/// What somebody follows, the broker keeps in memory: that is the difference between a resume from its window and
/// one from its store.
final class Follower {
  private static let readBytes = 65_536
  private let descriptor: Int32

  init(conversation: String, port: Int) throws {
    descriptor = try Loopback.connect(port: port)
    var codec = FrameCodec(decodingBytes: 1 << 16)
    var buffer = FrameBuffer()
    var connect = ClientFrame.Connect()
    connect.user = "follower"
    codec.encode(ClientFrame(requestID: 1, body: .connect(connect)), into: &buffer)
    let subscribe = ClientFrame.Subscribe(conversation: conversation)
    codec.encode(ClientFrame(requestID: 2, body: .subscribe(subscribe)), into: &buffer)
    let frames = Array(buffer.readable)
    guard write(descriptor, frames, frames.count) == frames.count else {
      throw BenchmarkError("the broker took no follower: \(String(cString: strerror(errno)))")
    }
    let source = descriptor
    Thread.detachNewThread {
      var bytes = [UInt8](repeating: 0, count: Self.readBytes)
      while read(source, &bytes, bytes.count) > 0 {}
      close(source)
    }
  }

  /// The thread sees the end and closes.
  deinit { shutdown(descriptor, Int32(SHUT_RDWR)) }
}
