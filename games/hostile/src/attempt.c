#include "attempt.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

// Seconds that an attempt may take on however busy a machine; the longest on a free one is stopped by itself after three.
static const double PATIENCE_S = 60;

enum outcome { NONE, REFUSED, UNSEEN, LIMITED, ESCAPED };
static const char *const OUTCOMES[] = {"nothing", "refused", "unseen", "limited", "escaped"};

// Shared with the process that tries.
struct result {
  enum outcome outcome;
  char detail[600];
};
static struct result *result;

// The worst outcome of an attempt counts, each detail is kept as long as there is room.
static void note(enum outcome outcome, const char *format, va_list arguments) {
  if (outcome > result->outcome) result->outcome = outcome;
  const size_t used = strlen(result->detail);
  const char *gap = used == 0 ? "" : "; ";
  const int written = snprintf(result->detail + used, sizeof result->detail - used, "%s", gap);
  if (written >= 0 && used + (size_t)written < sizeof result->detail)
    vsnprintf(result->detail + used + written, sizeof result->detail - used - (size_t)written, format, arguments);
}

static void note_refused(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  note(REFUSED, format, arguments);
  va_end(arguments);
}

void limited(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  note(LIMITED, format, arguments);
  va_end(arguments);
}

void unseen(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  note(UNSEEN, format, arguments);
  va_end(arguments);
}

void escaped(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  note(ESCAPED, format, arguments);
  va_end(arguments);
}

void tried(const char *what, long answer) {
  if (answer >= 0)
    escaped("%s", what);
  else
    note_refused("%s: %s", what, strerrorname_np(errno));
}

const char *known(const char *name) {
  const char *value = getenv(name);
  return value == NULL ? "" : value;
}

double seconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

// Waits for the process that tries and gives its status; -1 when it had to be killed.
static int wait_for(pid_t pid) {
  const double deadline = seconds() + PATIENCE_S;
  for (;;) {
    int status;
    if (waitpid(pid, &status, WNOHANG) == pid) return status;
    if (seconds() > deadline) {
      kill(pid, SIGKILL);
      waitpid(pid, &status, 0);
      return -1;
    }
    nanosleep(&(struct timespec){.tv_nsec = 2000000}, NULL);
  }
}

// What an attempt left running: it and its children are a process group, and orphans come to us.
static void sweep(pid_t group) {
  while (kill(-group, SIGKILL) == 0 || waitpid(-1, NULL, WNOHANG) > 0) {
    while (waitpid(-1, NULL, WNOHANG) > 0) continue;
    nanosleep(&(struct timespec){.tv_nsec = 2000000}, NULL);
  }
}

static void print(const char *name, const char *outcome, const char *detail) {
  char line[2048];
  int length = snprintf(line, sizeof line, "{\"attempt\":\"%s\",\"outcome\":\"%s\",\"detail\":\"", name, outcome);
  for (; *detail != 0 && length < (int)sizeof line - 16; detail++) {
    const unsigned char c = (unsigned char)*detail;
    const char *form = c < 0x20 || c > 0x7e || c == '"' || c == '\\' ? "\\u%04x" : "%c";
    length += snprintf(line + length, sizeof line - (size_t)length, form, c);
  }
  length += snprintf(line + length, sizeof line - (size_t)length, "\"}\n");
  mkdir("report", 0700);
  const int file = open("report/attempts.jsonl", O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
  if (file >= 0) {
    if (write(file, line, (size_t)length) != length) perror("report");
    close(file);
  }
  fputs(line, stdout);
  fflush(stdout);
}

int attempt_run(const struct attempt *attempt) {
  if (result == NULL) {
    result = mmap(NULL, sizeof *result, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    prctl(PR_SET_CHILD_SUBREAPER, 1);
  }
  memset(result, 0, sizeof *result);
  const pid_t pid = fork();
  if (pid == 0) {
    setpgid(0, 0);
    attempt->run();
    _exit(0);
  }
  const int status = wait_for(pid);
  sweep(pid);
  char killed[64] = "";
  if (status == -1)
    snprintf(killed, sizeof killed, "had to be stopped");
  else if (WIFSIGNALED(status))
    snprintf(killed, sizeof killed, "SIG%s", sigabbrev_np(WTERMSIG(status)));
  if (result->outcome == NONE && killed[0] != 0)
    print(attempt->name, "killed", killed);
  else
    print(attempt->name, OUTCOMES[result->outcome], result->detail);
  return result->outcome == ESCAPED;
}
