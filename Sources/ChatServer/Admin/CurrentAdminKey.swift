import NIOConcurrencyHelpers

/// The admin key that counts now. It can be replaced from any thread; the next request is checked by the new one.
package final class CurrentAdminKey: Sendable {
  private let key: NIOLockedValueBox<AdminKey>

  package init(_ key: AdminKey) { self.key = NIOLockedValueBox(key) }

  func replace(_ new: AdminKey) { key.withLockedValue { $0 = new } }

  func matches(_ text: Substring) -> Bool { key.withLockedValue { $0 }.matches(text) }
}
