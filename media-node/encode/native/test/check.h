#ifndef NEARCADE_CHECK_H
#define NEARCADE_CHECK_H
#include <stdio.h>
#include <stdlib.h>

/** Ends the test program with the place and the values when two integers differ. */
#define CHECK_EQUAL(actual, expected)                                                             \
  do {                                                                                            \
    long long a_ = (long long)(actual), e_ = (long long)(expected);                               \
    if (a_ != e_) {                                                                               \
      fprintf(stderr, "%s:%d: %s is %lld, not %lld\n", __FILE__, __LINE__, #actual, a_, e_);      \
      exit(1);                                                                                    \
    }                                                                                             \
  } while (0)
#define CHECK(condition) CHECK_EQUAL(!!(condition), 1)

#endif
