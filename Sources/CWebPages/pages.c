#include "web_pages.h"

#include <string.h>

// #embed came with C23, and clang knows it in every mode.
#pragma clang diagnostic ignored "-Wc23-extensions"

#define HTML "text/html; charset=utf-8"
#define CSS "text/css; charset=utf-8"
#define JAVASCRIPT "text/javascript; charset=utf-8"
#define JSON "application/json"
#define SVG "image/svg+xml"

struct page {
  const char *file;
  const char *content_type;
  // All are text: a zero is the end.
  const unsigned char *text;
};

#define PAGE(type, file) {file, type, (const unsigned char[]){
#define END }}

static const struct page pages[] = {
    PAGE(JAVASCRIPT, "chat/chat-app.js")
#embed "web/chat/chat-app.js" suffix(, 0) if_empty(0)
    END,
    PAGE(JAVASCRIPT, "chat/chat-client.js")
#embed "web/chat/chat-client.js" suffix(, 0) if_empty(0)
    END,
    PAGE(JAVASCRIPT, "chat/chat-composer.js")
#embed "web/chat/chat-composer.js" suffix(, 0) if_empty(0)
    END,
    PAGE(JAVASCRIPT, "chat/chat-connection.js")
#embed "web/chat/chat-connection.js" suffix(, 0) if_empty(0)
    END,
    PAGE(JAVASCRIPT, "chat/chat-dom.js")
#embed "web/chat/chat-dom.js" suffix(, 0) if_empty(0)
    END,
    PAGE(JAVASCRIPT, "chat/chat-link.js")
#embed "web/chat/chat-link.js" suffix(, 0) if_empty(0)
    END,
    PAGE(JAVASCRIPT, "chat/chat-list.js")
#embed "web/chat/chat-list.js" suffix(, 0) if_empty(0)
    END,
    PAGE(JAVASCRIPT, "chat/chat-log.js")
#embed "web/chat/chat-log.js" suffix(, 0) if_empty(0)
    END,
    PAGE(JAVASCRIPT, "chat/chat-marks.js")
#embed "web/chat/chat-marks.js" suffix(, 0) if_empty(0)
    END,
    PAGE(JAVASCRIPT, "chat/chat-palette.js")
#embed "web/chat/chat-palette.js" suffix(, 0) if_empty(0)
    END,
    PAGE(JAVASCRIPT, "chat/chat-places.js")
#embed "web/chat/chat-places.js" suffix(, 0) if_empty(0)
    END,
    PAGE(JAVASCRIPT, "chat/chat-renewal.js")
#embed "web/chat/chat-renewal.js" suffix(, 0) if_empty(0)
    END,
    PAGE(JAVASCRIPT, "chat/chat-repairs.js")
#embed "web/chat/chat-repairs.js" suffix(, 0) if_empty(0)
    END,
    PAGE(JAVASCRIPT, "chat/chat-requests.js")
#embed "web/chat/chat-requests.js" suffix(, 0) if_empty(0)
    END,
    PAGE(JAVASCRIPT, "chat/chat-row.js")
#embed "web/chat/chat-row.js" suffix(, 0) if_empty(0)
    END,
    PAGE(JAVASCRIPT, "chat/chat-settings.js")
#embed "web/chat/chat-settings.js" suffix(, 0) if_empty(0)
    END,
    PAGE(JAVASCRIPT, "chat/chat-store.js")
#embed "web/chat/chat-store.js" suffix(, 0) if_empty(0)
    END,
    PAGE(JAVASCRIPT, "chat/chat-text.js")
#embed "web/chat/chat-text.js" suffix(, 0) if_empty(0)
    END,
    PAGE(JAVASCRIPT, "chat/chat-theme.js")
#embed "web/chat/chat-theme.js" suffix(, 0) if_empty(0)
    END,
    PAGE(JAVASCRIPT, "chat/chat-tokens.js")
#embed "web/chat/chat-tokens.js" suffix(, 0) if_empty(0)
    END,
    PAGE(JAVASCRIPT, "chat/chat-view.js")
#embed "web/chat/chat-view.js" suffix(, 0) if_empty(0)
    END,
    PAGE(JAVASCRIPT, "chat/chat-wire.js")
#embed "web/chat/chat-wire.js" suffix(, 0) if_empty(0)
    END,
    PAGE(CSS, "chat/chat.css")
#embed "web/chat/chat.css" suffix(, 0) if_empty(0)
    END,
    PAGE(JAVASCRIPT, "chat/chat.js")
#embed "web/chat/chat.js" suffix(, 0) if_empty(0)
    END,
    PAGE(SVG, "chat/chat.svg")
#embed "web/chat/chat.svg" suffix(, 0) if_empty(0)
    END,
    PAGE(HTML, "chat/index.html")
#embed "web/chat/index.html" suffix(, 0) if_empty(0)
    END,
    PAGE(CSS, "admin/admin.css")
#embed "web/admin/admin.css" suffix(, 0) if_empty(0)
    END,
    PAGE(JAVASCRIPT, "admin/admin.js")
#embed "web/admin/admin.js" suffix(, 0) if_empty(0)
    END,
    PAGE(JAVASCRIPT, "admin/api.js")
#embed "web/admin/api.js" suffix(, 0) if_empty(0)
    END,
    PAGE(JAVASCRIPT, "admin/ask.js")
#embed "web/admin/ask.js" suffix(, 0) if_empty(0)
    END,
    PAGE(JAVASCRIPT, "admin/dom.js")
#embed "web/admin/dom.js" suffix(, 0) if_empty(0)
    END,
    PAGE(JAVASCRIPT, "admin/drain.js")
#embed "web/admin/drain.js" suffix(, 0) if_empty(0)
    END,
    PAGE(JAVASCRIPT, "admin/format.js")
#embed "web/admin/format.js" suffix(, 0) if_empty(0)
    END,
    PAGE(HTML, "admin/index.html")
#embed "web/admin/index.html" suffix(, 0) if_empty(0)
    END,
    PAGE(JAVASCRIPT, "admin/overview.js")
#embed "web/admin/overview.js" suffix(, 0) if_empty(0)
    END,
    PAGE(CSS, "admin/parts.css")
#embed "web/admin/parts.css" suffix(, 0) if_empty(0)
    END,
    PAGE(JAVASCRIPT, "admin/plot.js")
#embed "web/admin/plot.js" suffix(, 0) if_empty(0)
    END,
    PAGE(JAVASCRIPT, "admin/plots.js")
#embed "web/admin/plots.js" suffix(, 0) if_empty(0)
    END,
    PAGE(JAVASCRIPT, "admin/samples.js")
#embed "web/admin/samples.js" suffix(, 0) if_empty(0)
    END,
    PAGE(JAVASCRIPT, "admin/scale.js")
#embed "web/admin/scale.js" suffix(, 0) if_empty(0)
    END,
    PAGE(JAVASCRIPT, "admin/sessions.js")
#embed "web/admin/sessions.js" suffix(, 0) if_empty(0)
    END,
    PAGE(JAVASCRIPT, "admin/status.js")
#embed "web/admin/status.js" suffix(, 0) if_empty(0)
    END,
    PAGE(JAVASCRIPT, "admin/tables.js")
#embed "web/admin/tables.js" suffix(, 0) if_empty(0)
    END,
    PAGE(JAVASCRIPT, "admin/tiles.js")
#embed "web/admin/tiles.js" suffix(, 0) if_empty(0)
    END,
    PAGE(JSON, "openapi.json")
#embed "web/openapi.json" suffix(, 0) if_empty(0)
    END,
};

struct chat_web_page chat_web_page(size_t index) {
  struct chat_web_page found = {0};
  if (index < sizeof pages / sizeof pages[0]) {
    found.file = pages[index].file;
    found.content_type = pages[index].content_type;
    found.bytes = pages[index].text;
    found.count = strlen((const char *)pages[index].text);
  }
  return found;
}
