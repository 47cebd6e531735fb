import CWebPages
import NIOHTTP1

/// The files that are linked into the program, and where they are served.
enum WebPages {
  /// By their paths in `web/`.
  static let all: [WebPage] = {
    var pages: [WebPage] = []
    while true {
      let page = chat_web_page(pages.count)
      guard let file = page.file, let type = page.content_type else { return pages }
      pages.append(
        WebPage(
          file: String(cString: file), contentType: String(cString: type),
          bytes: UnsafeRawBufferPointer(start: page.bytes, count: page.count)))
    }
  }()

  /// `web/chat` at the root.
  static var chatRoutes: [Route] { routes(in: "chat/", at: "/") }

  /// `web/admin` at `/admin`, and the description of the API.
  static var adminRoutes: [Route] {
    routes(in: "admin/", at: "/admin/")
      + all.filter { $0.file == "openapi.json" }.map { route($0, "/v1/openapi.json") }
  }

  private static func routes(in folder: String, at root: String) -> [Route] {
    all.filter { $0.file.hasPrefix(folder) }.flatMap { page -> [Route] in
      let name = page.file.dropFirst(folder.count)
      guard name == "index.html" else { return [route(page, root + name)] }
      // `/admin` and `/admin/`.
      let short = root.count > 1 ? String(root.dropLast()) : root
      return Set([root, short]).sorted().map { route(page, $0) }
    }
  }

  private static func route(_ page: WebPage, _ path: String) -> Route {
    Route(.GET, path, access: .open) { page.response(to: $0) }
  }
}
