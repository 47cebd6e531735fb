/// The limits whose hits are counted, by the names that errors, logs and metrics have.
package enum LimitNames {
  /// Those of sessions, delivery and publishing. What has not been hit yet is told with 0, so all have to be here.
  package static let all = [
    "addresses_per_publish", "authentications_in_flight", "body_bytes", "client_message_bytes",
    "conversations_per_loop", "conversations_per_session", "decoding_bytes", "frame_bytes",
    "handshake_timeout", "history_in_flight", "idle_timeout", "json_line_bytes", "memberships_in_flight",
    "memory_bytes", "outbox_bytes", "positions_per_frame", "publish_bytes_waiting",
    "publishes_per_second_per_session", "publishes_per_second_per_user", "publishes_waiting_per_conversation",
    "rated_users_per_loop", "refresh_interval", "sessions_per_loop", "stall_timeout", "subscribes_in_flight",
    "token_bytes",
  ]
}
