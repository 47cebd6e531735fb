/* Spoils what a broker needs of the disk: preloaded, each fsync takes longer, costs processor time, fails, or kills.
 *
 *   SYNC_SLEEP_MS     how long each takes besides
 *   SYNC_BURN_MS      how much processor time each takes besides
 *   SYNC_GOOD         after so many each fails with EIO; without it none does
 *   SYNC_BAD          so many fail, and those after them are good again; without it all fail
 *   SYNC_LAST         after so many the next one kills the process; without it none does
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static long setting(const char *name, long otherwise) {
  const char *text = getenv(name);
  return text ? strtol(text, NULL, 10) : otherwise;
}

static void burn(long milliseconds) {
  struct timespec begin, now;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &begin);
  do {
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  } while ((now.tv_sec - begin.tv_sec) * 1000 + (now.tv_nsec - begin.tv_nsec) / 1000000 < milliseconds);
}

static int spoil(const char *name, int descriptor) {
  static atomic_long seen;
  long number = atomic_fetch_add(&seen, 1);
  long good = setting("SYNC_GOOD", -1), last = setting("SYNC_LAST", -1);
  if (last >= 0 && number >= last) raise(SIGKILL);
  long bad = setting("SYNC_BAD", -1);
  if (good >= 0 && number >= good && (bad < 0 || number < good + bad)) {
    errno = EIO;
    return -1;
  }
  long milliseconds = setting("SYNC_SLEEP_MS", 0);
  struct timespec pause = {milliseconds / 1000, milliseconds % 1000 * 1000000};
  nanosleep(&pause, NULL);
  if (setting("SYNC_BURN_MS", 0) > 0) burn(setting("SYNC_BURN_MS", 0));
  int (*sync)(int) = (int (*)(int))dlsym(RTLD_NEXT, name);
  return sync(descriptor);
}

int fsync(int descriptor) { return spoil("fsync", descriptor); }
int fdatasync(int descriptor) { return spoil("fdatasync", descriptor); }
