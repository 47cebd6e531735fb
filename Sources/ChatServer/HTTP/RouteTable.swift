import NIOHTTP1

/// The routes of a listener.
struct RouteTable: Sendable {
  let routes: [Route]

  /// - Throws: 404 if no route has the path, 405 if none of those has the method.
  func route(_ method: HTTPMethod, _ path: [String]) throws(HTTPFailure) -> (Route, [String: String]) {
    var allowed: [HTTPMethod] = []
    for route in routes {
      guard let parameters = route.pattern.match(path) else { continue }
      // HEAD is GET without the body.
      if route.method == method || (method == .HEAD && route.method == .GET) { return (route, parameters) }
      allowed.append(route.method)
      if route.method == .GET { allowed.append(.HEAD) }
    }
    guard !allowed.isEmpty else {
      throw .notFound(
        "there is nothing at this path: /v1/openapi.json of the admin listener says what there is")
    }
    let methods = allowed.map(\.rawValue).joined(separator: ", ")
    throw HTTPFailure(
      .methodNotAllowed, "\(method.rawValue) is not possible here: use \(methods)",
      headers: [("Allow", methods)])
  }
}
