// Taking so much that the others have none.
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "attempt.h"

// What the test that runs us gives a game at most, doubled: whoever gets there is not held.
enum { TOO_MANY = 2000, MEGABYTE = 1 << 20, TOO_MANY_MEGABYTES = 2048, SPIN_S = 3 };

static void fork_bomb(void) {
  int children = 0;
  while (children < TOO_MANY) {
    const pid_t pid = fork();
    if (pid == 0) {
      pause();
      _exit(0);
    }
    if (pid < 0) break;
    children++;
  }
  if (children < TOO_MANY)
    limited("%s after %d processes", strerrorname_np(errno), children);
  else
    escaped("%d processes", children);
}

static void *sleeper(void *unused) {
  pause();
  return unused;
}

static void thread_bomb(void) {
  pthread_attr_t small;
  pthread_attr_init(&small);
  pthread_attr_setstacksize(&small, 64 * 1024);
  int threads = 0;
  pthread_t thread;
  while (threads < TOO_MANY && pthread_create(&thread, &small, sleeper, NULL) == 0) threads++;
  if (threads < TOO_MANY)
    limited("%d threads", threads);
  else
    escaped("%d threads", threads);
}

static void touch(volatile char *memory, size_t bytes) {
  for (size_t at = 0; at < bytes; at += 4096) memory[at] = 1;
}

static void memory_hog(void) {
  for (int megabytes = 0; megabytes < TOO_MANY_MEGABYTES; megabytes++) {
    void *memory = malloc(MEGABYTE);
    if (memory == NULL) {
      limited("%d MB", megabytes);
      return;
    }
    touch(memory, MEGABYTE);
  }
  escaped("%d MB", TOO_MANY_MEGABYTES);
}

static void memory_overcommit(void) {
  const size_t bytes = (size_t)TOO_MANY_MEGABYTES * MEGABYTE;
  void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) {
    tried("mmap", -1);
    return;
  }
  touch(memory, bytes);
  escaped("%d MB", TOO_MANY_MEGABYTES);
}

static void shared_memory(void) {
  const size_t bytes = (size_t)TOO_MANY_MEGABYTES * MEGABYTE;
  const int segment = shmget(IPC_PRIVATE, bytes, 0600);
  if (segment < 0) {
    tried("shmget", -1);
    return;
  }
  void *memory = shmat(segment, NULL, 0);
  shmctl(segment, IPC_RMID, NULL);
  touch(memory, bytes);
  escaped("%d MB", TOO_MANY_MEGABYTES);
}

// Files that go with the process, so that the next attempt begins as this one.
static void fill(const char *path) {
  static char block[MEGABYTE];
  memset(block, 'x', sizeof block);
  int megabytes = 0;
  for (int file = -1; megabytes < TOO_MANY_MEGABYTES; megabytes++) {
    if (megabytes % 64 == 0) {
      file = open(path, O_WRONLY | O_CREAT, 0600);
      unlink(path);
    }
    if (file < 0 || write(file, block, sizeof block) != sizeof block) break;
  }
  if (megabytes < TOO_MANY_MEGABYTES)
    limited("%s after %d MB", strerrorname_np(errno), megabytes);
  else
    escaped("%d MB", megabytes);
}

static void fill_shm(void) { fill("/dev/shm/fill"); }
static void fill_tmp(void) { fill("/tmp/fill"); }

static void open_files(void) {
  int files = 0;
  while (files < 1000000 && open("/dev/null", O_RDONLY) >= 0) files++;
  if (files < 1000000)
    limited("%s after %d", strerrorname_np(errno), files);
  else
    escaped("%d open files", files);
}

static void pipe_memory(void) {
  int ends[2];
  if (pipe(ends) == 0) tried("a pipe of 64 MB", fcntl(ends[0], F_SETPIPE_SZ, 64 * MEGABYTE));
}

static void processor(void) {
  const int workers = 4 * (int)sysconf(_SC_NPROCESSORS_ONLN);
  const double start = seconds();
  for (int i = 0; i < workers; i++) {
    if (fork() != 0) continue;
    while (seconds() < start + SPIN_S) continue;
    _exit(0);
  }
  while (wait(NULL) > 0) continue;
  struct rusage used;
  getrusage(RUSAGE_CHILDREN, &used);
  const double busy = (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
                      (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
  const double cores = busy / (seconds() - start);
  if (cores < 1.25)
    limited("%.2f cores for %d processes", cores, workers);
  else
    escaped("%.2f cores", cores);
}

static void priority(void) {
  errno = 0;
  tried("nice", setpriority(PRIO_PROCESS, 0, -10));
  tried("SCHED_FIFO", sched_setscheduler(0, SCHED_FIFO, &(struct sched_param){.sched_priority = 1}));
  const int realtime_class = 1 << 13;
  tried("ioprio", syscall(SYS_ioprio_set, 1, 0, realtime_class));
}

static void survive_shortage(void) {
  const int file = open("/proc/self/oom_score_adj", O_WRONLY);
  if (file < 0)
    tried("oom_score_adj", -1);
  else
    tried("oom_score_adj", write(file, "-1000", 5));
}

static void locked_memory(void) {
  const size_t bytes = (size_t)1024 * MEGABYTE;
  void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  tried("mlock", mlock(memory, bytes));
}

static void raise_limits(void) {
  const struct rlimit all = {RLIM_INFINITY, RLIM_INFINITY};
  tried("files", setrlimit(RLIMIT_NOFILE, &all));
  tried("file size", setrlimit(RLIMIT_FSIZE, &all));
  tried("core", setrlimit(RLIMIT_CORE, &all));
}

static void core_dump(void) {
  const pid_t pid = fork();
  if (pid == 0) {
    signal(SIGABRT, SIG_DFL);
    abort();
  }
  int status;
  waitpid(pid, &status, 0);
  if (WCOREDUMP(status))
    escaped("a core was dumped");
  else
    limited("no core");
}

static void interrupted(int signal) { (void)signal; }

static void flood_output(void) {
  static char line[64 * 1024];
  memset(line, 'x', sizeof line);
  sigaction(SIGALRM, &(struct sigaction){.sa_handler = interrupted}, NULL);
  alarm(SPIN_S);
  const double start = seconds();
  long bytes = 0;
  while (seconds() < start + SPIN_S) {
    const ssize_t written = write(STDERR_FILENO, line, sizeof line);
    if (written < 0) break;
    bytes += written;
  }
  if (bytes < 4 * MEGABYTE)
    limited("%ld KB in %d s", bytes / 1024, SPIN_S);
  else
    escaped("%ld MB", bytes / MEGABYTE);
}

const struct attempt RESOURCES[] = {
    {"fork-bomb", fork_bomb},
    {"thread-bomb", thread_bomb},
    {"memory-hog", memory_hog},
    {"memory-overcommit", memory_overcommit},
    {"shared-memory", shared_memory},
    {"fill-shm", fill_shm},
    {"fill-tmp", fill_tmp},
    {"open-files", open_files},
    {"pipe-memory", pipe_memory},
    {"processor", processor},
    {"priority", priority},
    {"survive-shortage", survive_shortage},
    {"locked-memory", locked_memory},
    {"raise-limits", raise_limits},
    {"core-dump", core_dump},
    {"flood-output", flood_output},
    {0},
};
