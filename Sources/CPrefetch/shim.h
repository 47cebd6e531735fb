// The processor's prefetch, which Swift has no word for.
#ifndef CHAT_CPREFETCH_SHIM_H
#define CHAT_CPREFETCH_SHIM_H

// Asks for the cache line of an address, to be written soon. Any address will do; nothing is read.
static inline void cprefetch(const void *address) { __builtin_prefetch(address, 1); }

#endif
