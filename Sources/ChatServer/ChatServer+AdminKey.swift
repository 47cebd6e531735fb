extension ChatServer {
  /// From now on operators come in with another key, and with the one before no more. Open connections stay: each request
  /// is checked.
  ///
  /// - Parameter text: as ``AdminConfiguration/key``.
  /// - Throws: ``ServerError/Code/configuration`` if the key is not allowed, or ``ServerError/Code/state`` if there is no
  ///   listener for operators; then nothing has changed.
  public func replaceAdminKey(_ text: String) throws(ServerError) {
    guard let key = AdminKey(text) else { throw ServerError.adminKey }
    guard let current = service?.adminKey else {
      throw ServerError(
        .state, "this server has no listener for operators, or does not run: its key cannot change")
    }
    current.replace(key)
  }
}
