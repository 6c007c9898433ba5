// Other processes: seeing, stopping, reading them.
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

#include "attempt.h"

#ifndef SO_PEERPIDFD
#define SO_PEERPIDFD 77
#endif

extern char **environ;

// bwrap's init and guard, we and our parent: whoever else is there is not ours.
enum { OURS = 6 };

static void see_processes(void) {
  DIR *proc = opendir("/proc");
  int count = 0;
  for (struct dirent *entry; (entry = readdir(proc)) != NULL;) count += atoi(entry->d_name) > 0;
  if (count <= OURS)
    unseen("%d processes, all ours", count);
  else
    escaped("%d processes", count);
}

// 0 would be ourselves.
static pid_t pid_of(const char *name) {
  const pid_t pid = atoi(known(name));
  return pid > 1 ? pid : INT_MAX;
}

static void kill_by_number(void) {
  const pid_t node = pid_of("NODE_PID"), neighbour = pid_of("NEIGHBOUR_PID");
  tried("the node", kill(node, SIGKILL));
  tried("the neighbour", kill(neighbour, SIGKILL));
  tried("our init", kill(1, SIGKILL));
}

static void trace(void) {
  tried("init", ptrace(PTRACE_ATTACH, 1, NULL, NULL));
  tried("our parent", ptrace(PTRACE_SEIZE, getppid(), NULL, NULL));
}

static void read_memory(void) {
  char bytes[16];
  const struct iovec local = {bytes, sizeof bytes}, remote = {environ, sizeof bytes};
  tried("init", process_vm_readv(1, &local, 1, &remote, 1, 0));
  tried("our parent", process_vm_readv(getppid(), &local, 1, &remote, 1, 0));
  tried("/proc/1/mem", open("/proc/1/mem", O_RDONLY));
}

static void read_init(void) {
  for (const char *const *file = (const char *const[]){"environ", "maps", "fd", "root", "cwd", "exe", NULL}; *file; file++) {
    char path[64];
    snprintf(path, sizeof path, "/proc/1/%s", *file);
    tried(*file, open(path, O_RDONLY));
  }
}

// The X server runs under our user, outside of our PID namespace; its socket gives a handle of it.
static void signal_display(void) {
  const int display = socket(AF_UNIX, SOCK_STREAM, 0);
  const struct sockaddr_un address = {AF_UNIX, "/tmp/.X11-unix/X0"};
  if (connect(display, (const struct sockaddr *)&address, sizeof address) != 0) {
    tried("connect", -1);
    return;
  }
  struct ucred peer;
  socklen_t length = sizeof peer;
  if (getsockopt(display, SOL_SOCKET, SO_PEERCRED, &peer, &length) == 0 && peer.pid != 0)
    escaped("the display is process %d", peer.pid);
  int handle = -1;
  length = sizeof handle;
  if (getsockopt(display, SOL_SOCKET, SO_PEERPIDFD, &handle, &length) != 0) {
    tried("a handle of it", -1);
    return;
  }
  tried("its end", syscall(SYS_pidfd_send_signal, handle, SIGKILL, NULL, 0));
  tried("its files", syscall(SYS_pidfd_getfd, handle, 0, 0));
  tried("its namespaces", syscall(SYS_setns, handle, 0x40000000));
}

static void inherited_files(void) {
  int others = 0;
  char target[256];
  for (int file = 3; file < 64; file++) {
    char path[64];
    snprintf(path, sizeof path, "/proc/self/fd/%d", file);
    const ssize_t length = readlink(path, target, sizeof target - 1);
    if (length < 0) continue;
    target[length] = 0;
    // Ours to X.
    if (strncmp(target, "socket:", 7) == 0 && file == 3) continue;
    others++;
    escaped("%d is %s", file, target);
  }
  if (others == 0) unseen("none but ours");
}

static void environment(void) {
  const char *secret = known("SECRET_NAME");
  for (char **variable = environ; *variable != NULL; variable++)
    if (secret[0] != 0 && strncmp(*variable, secret, strlen(secret)) == 0) escaped("%s", *variable);
  unseen("no %s", secret);
}

// Ends ourselves as well.
static void kill_all(void) {
  kill(-1, SIGKILL);
  pause();
}

const struct attempt PROCESSES[] = {
    {"see-processes", see_processes},
    {"kill-by-number", kill_by_number},
    {"trace", trace},
    {"read-memory", read_memory},
    {"read-init", read_init},
    {"signal-display", signal_display},
    {"inherited-files", inherited_files},
    {"environment", environment},
    {"last-kill-all", kill_all},
    {0},
};
