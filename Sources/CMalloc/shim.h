// The allocator's settings, which Swift's Glibc module leaves out.
#ifndef CHAT_CMALLOC_SHIM_H
#define CHAT_CMALLOC_SHIM_H

#include <stdlib.h>
#ifdef __GLIBC__
#include <malloc.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>
#endif

// Bytes that a heap takes at once when it grows, bytes of free memory at its end that it keeps, and from how
// many bytes on a piece is no part of a heap. Does nothing where the C library is not glibc.
static inline void cmalloc_set_steps(int grown, int kept, int apart) {
#ifdef __GLIBC__
  (void)mallopt(M_TOP_PAD, grown);
  (void)mallopt(M_TRIM_THRESHOLD, kept);
  // Otherwise it would stay at 128 KiB, because the others are set.
  (void)mallopt(M_MMAP_THRESHOLD, apart);
#else
  (void)grown;
  (void)kept;
  (void)apart;
#endif
}

// Makes the calling thread's heap have room for so many bytes in one piece, and has the kernel put memory there, where
// it can: one call instead of an interrupt for each page.
static inline void cmalloc_grow(size_t bytes) {
#ifdef __GLIBC__
  // Volatile, because compilers leave out what is taken and given back.
  void *volatile piece = malloc(bytes);
#ifdef MADV_POPULATE_WRITE
  uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
  uintptr_t start = ((uintptr_t)piece + page - 1) & ~(page - 1);
  uintptr_t end = ((uintptr_t)piece + bytes) & ~(page - 1);
  if (piece != NULL && start < end) {
    (void)madvise((void *)start, end - start, MADV_POPULATE_WRITE);
  }
#endif
  free(piece);
#else
  (void)bytes;
#endif
}

// Gives free memory back to the system, also from the middle of heaps. Does nothing where the C library is not glibc.
static inline void cmalloc_give_back(void) {
#ifdef __GLIBC__
  (void)malloc_trim(0);
#endif
}

#endif
