import ChatCore

/// Messages as lines, for people and for scripts.
struct MessageFormatter: Sendable {
  let style: Style

  /// `09:14 alice: text`, and the conversation in front if it is not the one that the reader looks at.
  func chatLine(_ message: Message, in conversation: String) -> String {
    let elsewhere = message.conversation == conversation ? "" : "[\(safe(message.conversation))] "
    return "\(time(message)) \(style.dim(elsewhere))\(text(message))"
  }

  /// `09:14 group:lobby #17 alice: text`
  func listenLine(_ message: Message) -> String {
    "\(time(message)) \(style.dim("\(safe(message.conversation)) #\(message.sequence)")) \(text(message))"
  }

  /// `2025-01-31 09:14 #17 alice: text`
  func historyLine(_ message: Message) -> String {
    let time = LocalTime(milliseconds: message.time)
    return "\(style.dim("\(time.date) \(time.hourMinute) #\(message.sequence)")) \(text(message))"
  }

  /// What will not be delivered, and why.
  func gapLine(_ gap: Gap) -> String {
    let why =
      switch gap.reason {
      case .retention: "they were deleted by retention"
      case .epochChanged: "the log was made anew"
      case .logTruncated: "the log has lost its end"
      case .notKept: "they are not kept"
      case .notGranted: "the token does not grant history"
      case .unspecified: "the broker gives no reason"
      }
    return style.dim("\(safe(gap.conversation)) #\(gap.from) to #\(gap.to) are missing: \(why)")
  }

  /// One JSON object: the body as text if it is UTF-8, in base64 if not.
  static func json(_ message: Message) -> String {
    var object = JSONLine()
    object.add("conversation", message.conversation)
    object.add("sequence", message.sequence)
    object.add("time", message.time)
    object.add("sender", message.sender)
    object.add("content_type", message.contentType)
    let bytes = message.body.bytes
    if let text = String(validating: bytes, as: UTF8.self) {
      object.add("body", text)
    } else {
      object.add("body_base64", Base64.encode(bytes))
    }
    if !message.traceparent.isEmpty { object.add("traceparent", message.traceparent) }
    return object.text
  }

  /// `{"gap":{…}}`
  static func json(_ gap: Gap) -> String {
    var inner = JSONLine()
    inner.add("conversation", gap.conversation)
    inner.add("from", gap.from)
    inner.add("to", gap.to)
    let reason =
      switch gap.reason {
      case .retention: "retention"
      case .epochChanged: "epoch_changed"
      case .logTruncated: "log_truncated"
      case .notKept: "not_kept"
      case .notGranted: "not_granted"
      case .unspecified: "unspecified"
      }
    inner.add("reason", reason)
    var object = JSONLine()
    object.add("gap", inner)
    return object.text
  }

  /// `group:lobby #17`, or why not.
  func receiptLine(_ receipt: Receipt) -> String {
    if let error = receipt.error {
      return style.warning("\(safe(receipt.to)) refused: \(safe(error.message))")
    }
    return
      "\(safe(receipt.conversation)) #\(receipt.sequence)\(receipt.duplicate ? " (was there already)" : "")"
  }

  /// A receipt as one JSON object.
  static func json(_ receipt: Receipt) -> String {
    var object = JSONLine()
    object.add("to", receipt.to)
    if let error = receipt.error {
      object.add("error", json(error))
    } else {
      object.add("conversation", receipt.conversation)
      object.add("sequence", receipt.sequence)
      object.add("time", receipt.time)
      object.add("recipients_online", receipt.recipientsOnline)
      object.add("recipients_total", receipt.recipientsTotal)
      object.add("duplicate", receipt.duplicate)
    }
    return object.text
  }

  private static func json(_ error: ChatError) -> JSONLine {
    var object = JSONLine()
    object.add("code", error.code.description)
    object.add("message", error.message)
    object.add("retry_after_ms", error.retryAfter)
    return object
  }

  private func time(_ message: Message) -> String {
    style.dim(LocalTime(milliseconds: message.time).hourMinute)
  }

  private func text(_ message: Message) -> String {
    "\(style.name(safe(message.sender))): \(TerminalText.escape(message.body))"
  }

  // The broker allows no such characters in names, but the broker is somebody else.
  private func safe(_ text: String) -> String { TerminalText.escape(text) }
}
