public import ChatCore

/// Something that the broker or the connection has to say.
public enum Update: Sendable {
  /// The next message of a conversation, each once and in order.
  case message(Message)
  /// Messages that will never come.
  case gap(Gap)
  /// The session follows a conversation from now on, or no longer; a member's marks have moved; or somebody is
  /// typing, which is left out while ``ChatClient/Configuration/bufferedUpdates`` are unread; or the session's token
  /// expires soon, for which see ``ChatClient/refresh(token:)``.
  case event(ServerFrame.Event)
  /// A session was opened: the first one, or a further one after the connection was lost or moved.
  case connected(ServerFrame.Connected)
  /// The connection is lost. The client connects again after `retryIn`, unless this is the last update.
  case disconnected(reason: ChatClientError, retryIn: Duration)
  /// The node will shut down. The client moves to another one by itself.
  case goingAway(ServerFrame.GoAway)
}
