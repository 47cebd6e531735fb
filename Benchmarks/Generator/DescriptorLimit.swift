import Foundation

/// How many descriptors a process may open. Often 1,024 until it asks for more.
enum DescriptorLimit {
  private static let enough: rlim_t = 65_536
  /// For what is not a connection.
  private static let others = 32

  #if canImport(Glibc)
    private static let files = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
  #else
    private static let files = RLIMIT_NOFILE
  #endif

  /// Raises the limit as far as it may be, and checks that it is enough.
  static func raise(for connections: Int) throws {
    var limit = rlimit()
    getrlimit(files, &limit)
    limit.rlim_cur = max(limit.rlim_cur, min(limit.rlim_max, enough))
    setrlimit(files, &limit)
    getrlimit(files, &limit)
    guard limit.rlim_cur >= connections + others else {
      throw GeneratorFailure(
        "\(connections) connections need more descriptors than \(limit.rlim_cur); raise it with ulimit -n")
    }
  }
}
