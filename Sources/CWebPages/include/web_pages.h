// The files of web/, linked into the program.
#ifndef CHAT_WEB_PAGES_H
#define CHAT_WEB_PAGES_H

#include <stddef.h>

struct chat_web_page {
  // Its path in web/; NULL behind the last page.
  const char *_Nullable file;
  const char *_Nullable content_type;
  const unsigned char *_Nullable bytes;
  size_t count;
};

// The pages by number, from 0 on.
struct chat_web_page chat_web_page(size_t index);

#endif
