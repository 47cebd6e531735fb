// What the load generator needs of Linux that Swift's Glibc module leaves out.
#ifndef CHAT_CEPOLL_SHIM_H
#define CHAT_CEPOLL_SHIM_H

#include <stdint.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <unistd.h>

// The macros are not imported.
static const uint32_t cepoll_in = EPOLLIN;
static const uint32_t cepoll_out = EPOLLOUT;

// Runs the calling thread on this core only, one of the first 1,024. 0, or -1 with errno. By its number,
// because sched_setaffinity needs _GNU_SOURCE, with which fd_set would differ from that of other modules.
static inline int cepoll_pin(int core) {
  enum { BITS = 8 * sizeof(unsigned long), WORDS = 1024 / BITS };
  unsigned long set[WORDS] = {0};
  if (core < 0 || core >= 1024) return -1;
  set[core / BITS] = 1ul << (core % BITS);
  return (int)syscall(SYS_sched_setaffinity, 0, sizeof set, set);
}

#endif
