import NIOCore
import NIOEmbedded
import Testing

@testable import ChatServer

@Suite struct IdleConnectionHandlerTests {
  private let idle = TimeAmount.milliseconds(HTTPLimits().idleTime)
  private let moment = TimeAmount.milliseconds(1)

  private let connections = Connections(limits: ConnectionTable.Limits(connections: 2))

  private func connect() throws -> EmbeddedChannel {
    let channel = EmbeddedChannel()
    let place = try #require(connections.enter(.http, channel))
    try channel.pipeline.syncOperations.addHandler(IdleConnectionHandler(place: place))
    try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
    return channel
  }

  @Test func `A silent connection is closed, and not before its time`() throws {
    let channel = try connect()
    channel.embeddedEventLoop.advanceTime(by: idle - moment)
    #expect(channel.isActive)
    channel.embeddedEventLoop.advanceTime(by: moment)
    #expect(!channel.isActive)
  }

  @Test func `An answer begins the time anew`() throws {
    let channel = try connect()
    for _ in 0..<5 {
      channel.embeddedEventLoop.advanceTime(by: idle - moment)
      try channel.writeOutbound(ByteBuffer(string: "y"))
      #expect(try channel.readOutbound(as: ByteBuffer.self) == ByteBuffer(string: "y"))
    }
    channel.embeddedEventLoop.advanceTime(by: idle - moment)
    #expect(channel.isActive)
    channel.embeddedEventLoop.advanceTime(by: moment)
    #expect(!channel.isActive)
  }

  @Test func `A request that comes byte by byte gets no more time for it`() throws {
    let channel = try connect()
    channel.embeddedEventLoop.advanceTime(by: idle - moment)
    try channel.writeInbound(ByteBuffer(string: "G"))
    channel.embeddedEventLoop.advanceTime(by: moment)
    #expect(!channel.isActive)
  }

  @Test func `When the handler is removed, nobody looks any more`() throws {
    let channel = try connect()
    let handler = try channel.pipeline.syncOperations.handler(type: IdleConnectionHandler.self)
    try channel.pipeline.syncOperations.removeHandler(handler).wait()
    channel.embeddedEventLoop.advanceTime(by: idle * 3)
    #expect(channel.isActive)
    _ = try channel.finish()
  }

  @Test func `A connection that has ended is not looked at`() throws {
    let channel = try connect()
    _ = try channel.finish()
    channel.embeddedEventLoop.advanceTime(by: idle * 3)
    #expect(!channel.isActive)
  }

  @Test func `A connection beyond the limit gets less time, because it is there to be told so`() throws {
    let others = [try connect(), try connect()]
    let refused = try connect()
    refused.embeddedEventLoop.advanceTime(by: .milliseconds(HTTPLimits().refusalTime))
    #expect(!refused.isActive)
    #expect(connections.hits == ["connections": 1])
    for channel in others {
      channel.embeddedEventLoop.advanceTime(by: .milliseconds(HTTPLimits().refusalTime))
      #expect(channel.isActive)
    }
  }
}
