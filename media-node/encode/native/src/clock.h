#ifndef NEARCADE_CLOCK_H
#define NEARCADE_CLOCK_H
#include <stdint.h>
#include <time.h>

#define NS_PER_MS INT64_C(1000000)
#define NS_PER_SECOND INT64_C(1000000000)

/** Nanoseconds of CLOCK_MONOTONIC: every time inside the helper, except in sender reports, is one of these. */
static inline int64_t monotonic_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * NS_PER_SECOND + t.tv_nsec;
}

static inline double ns_to_ms(int64_t ns) { return (double)ns / (double)NS_PER_MS; }

#endif
