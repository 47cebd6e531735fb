// Names of threads, which Swift's Glibc module leaves out.
#ifndef CHAT_CTHREADS_SHIM_H
#define CHAT_CTHREADS_SHIM_H

#include <pthread.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif

// Names the calling thread; Linux keeps 15 bytes.
static inline void cthreads_set_name(const char *name) {
#ifdef __linux__
  (void)prctl(PR_SET_NAME, name, 0, 0, 0);
#else
  (void)pthread_setname_np(name);
#endif
}

#endif
