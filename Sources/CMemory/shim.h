// What Swift has no word for: the processor's prefetch, and the comparison of raw memory.
#ifndef CHAT_CMEMORY_SHIM_H
#define CHAT_CMEMORY_SHIM_H

#include <stdbool.h>
#include <string.h>

// Asks for the cache line of an address, to be written soon. Any address will do; nothing is read.
static inline void cmemory_prefetch(const void *address) { __builtin_prefetch(address, 1); }

// Whether so many bytes are the same. Both addresses may be null if there are none.
static inline bool cmemory_equal(const void *one, const void *other, size_t count) {
  return count == 0 || memcmp(one, other, count) == 0;
}

#endif
