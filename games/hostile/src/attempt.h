#ifndef HOSTILE_ATTEMPT_H
#define HOSTILE_ATTEMPT_H
#include <stddef.h>

// One way out. It runs in a process of its own, which may die of it, and tells by the functions below what came of it.
struct attempt {
  const char *name;
  void (*run)(void);
};

// A system call that should not be possible: `result` as it returned. Failed, its errno is the answer; done, it is an escape.
void tried(const char *what, long result);

// It worked so far and no further.
void limited(const char *format, ...) __attribute__((format(printf, 1, 2)));

// Looked for what is not its own and saw none of it.
void unseen(const char *format, ...) __attribute__((format(printf, 1, 2)));

// It worked: the sandbox has a hole.
void escaped(const char *format, ...) __attribute__((format(printf, 1, 2)));

// What an attacker who knows this machine would have found out before (paths, ports, pids), or "".
const char *known(const char *name);

// Seconds of a clock that only goes forward.
double seconds(void);

// Runs one attempt and prints what came of it: a line of JSON on stdout and in ~/report/attempts.jsonl. Whether it escaped.
int attempt_run(const struct attempt *attempt);

// By theme; each ends with an entry without name.
extern const struct attempt DESKTOP[], FILES[], KERNEL[], NETWORK[], PROCESSES[], RESOURCES[];

#endif
