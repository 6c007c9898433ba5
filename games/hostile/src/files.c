// Files of others, and traps for whoever reads ours.
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "attempt.h"

enum { MEGABYTE = 1 << 20, TOO_MANY_MEGABYTES = 4096, TOO_MANY_FILES = 1000000, TOO_DEEP = 500 };

static void neighbour_home(void) { tried("its folder", open(known("NEIGHBOUR_HOME"), O_RDONLY)); }

static void node_files(void) {
  tried("data", open(known("NODE_DATA"), O_RDONLY));
  tried("runtime", open(known("NODE_RUNTIME"), O_RDONLY));
  tried("secret", open(known("NODE_SECRET"), O_RDONLY));
  tried("/root", open("/root", O_RDONLY));
  tried("/proc/1/root", open("/proc/1/root/etc/shadow", O_RDONLY));
}

static void machine_files(void) {
  for (const char *const *path = (const char *const[]){"/etc/shadow", "/etc/hostname", "/etc/machine-id", "/etc/ssh",
                                                       "/var/log", "/var/lib", "/boot", "/sys", "/srv", NULL};
       *path; path++)
    tried(*path, open(*path, O_RDONLY));
}

static void write_system(void) {
  for (const char *const *path = (const char *const[]){"/x", "/usr/bin/x", "/usr/lib/x", "/etc/x", "/opt/games/hostile/x",
                                                       "/opt/games-build/hostile/x", "/home/x", "/run/nearcade/x", NULL};
       *path; path++)
    tried(*path, open(*path, O_WRONLY | O_CREAT, 0600));
  tried("/etc/passwd", open("/etc/passwd", O_WRONLY));
  tried("our cookie", open("/run/nearcade/xauthority", O_WRONLY));
  tried("our program", open("/proc/self/exe", O_WRONLY));
}

// Whoever packs the saves must not follow it.
static void save_symlinks(void) {
  mkdir("saves", 0700);
  tried("read", symlink("/etc/shadow", "saves/shadow") == 0 ? open("saves/shadow", O_RDONLY) : -1);
  tried("folder", symlink(known("NODE_DATA"), "saves/data") == 0 ? open("saves/data/x", O_WRONLY | O_CREAT, 0600) : -1);
  if (symlink("..", "saves/loop") != 0 || symlink("/proc/self/root", "saves/root") != 0) limited("%s", strerrorname_np(errno));
}

static void save_hard_links(void) {
  mkdir("saves", 0700);
  tried("a program", link("/usr/bin/env", "saves/env"));
  tried("our cookie", link("/run/nearcade/xauthority", "saves/cookie"));
  tried("/etc/passwd", link("/etc/passwd", "saves/passwd"));
}

// Names that a shell, tar or an unpacker could take for something else.
static void save_names(void) {
  mkdir("saves", 0700);
  static const char *const NAMES[] = {"saves/-rf", "saves/--checkpoint-action=exec=sh x", "saves/a\nb", "saves/..\\..\\x",
                                      "saves/\xff\xfe", "saves/$(touch x)", "saves/...", "saves/C:"};
  int made = 0;
  for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++) {
    const int file = open(NAMES[i], O_WRONLY | O_CREAT, 0600);
    if (file >= 0) made++;
    close(file);
  }
  tried("../../x", open("../../x", O_WRONLY | O_CREAT, 0600));
  tried("saves/../../x", open("saves/../../x", O_WRONLY | O_CREAT, 0600));
  limited("%d odd names", made);
}

// A reader that opens one of these waits for ever.
static void save_special_files(void) {
  mkdir("saves", 0700);
  const int fifo = mkfifo("saves/fifo", 0600);
  const struct sockaddr_un address = {AF_UNIX, "saves/socket"};
  const int bound = bind(socket(AF_UNIX, SOCK_STREAM, 0), (const struct sockaddr *)&address, sizeof address);
  const int closed = mkdir("saves/closed", 0000);
  limited("fifo %d, socket %d, closed folder %d", fifo, bound, closed);
}

static void set_uid_file(void) {
  const int from = open("/usr/bin/id", O_RDONLY), to = open("id", O_WRONLY | O_CREAT | O_TRUNC, 0700);
  char block[65536];
  for (ssize_t length; (length = read(from, block, sizeof block)) > 0;)
    if (write(to, block, (size_t)length) != length) break;
  tried("root's", fchown(to, 0, 0));
  fchmod(to, 06777);
  close(to);
  if (system("test \"$(./id -u)\" = \"$(id -u)\"") != 0) escaped("another user");
}

// Holes take no room, but whoever copies the file would fill a disk.
static void giant_file(void) {
  const int file = open("giant", O_WRONLY | O_CREAT, 0600);
  const off_t terabyte = (off_t)1 << 40;
  tried("a terabyte", ftruncate(file, terabyte));
  tried("at its end", pwrite(file, "x", 1, terabyte) == 1 ? 0 : -1);
}

static void fill_disk(void) {
  static char block[MEGABYTE];
  memset(block, 'x', sizeof block);
  for (int megabytes = 0; megabytes < TOO_MANY_MEGABYTES; megabytes++) {
    char name[32];
    snprintf(name, sizeof name, "fill-%d", megabytes / 16);
    const int file = open(name, O_WRONLY | O_CREAT | O_APPEND, 0600);
    if (file < 0 || write(file, block, sizeof block) != sizeof block) {
      limited("%s after %d MB", strerrorname_np(errno), megabytes);
      return;
    }
    close(file);
  }
  escaped("%d MB", TOO_MANY_MEGABYTES);
}

static void fill_saves(void) {
  mkdir("saves", 0700);
  if (chdir("saves") == 0) fill_disk();
}

static void many_files(void) {
  mkdir("many", 0700);
  for (int count = 0; count < TOO_MANY_FILES; count++) {
    char name[32];
    snprintf(name, sizeof name, "many/%d", count);
    if (mknod(name, S_IFREG | 0600, 0) == 0) continue;
    limited("%s after %d files", strerrorname_np(errno), count);
    return;
  }
  escaped("%d files", TOO_MANY_FILES);
}

// Deeper than a path can be long: neither counted, packed nor removed by path.
static void save_deep_folders(void) {
  mkdir("deep", 0700);
  char name[129];
  memset(name, 'd', sizeof name - 1);
  name[sizeof name - 1] = 0;
  int depth = chdir("deep");
  while (depth < TOO_DEEP && mkdir(name, 0700) == 0 && chdir(name) == 0) depth++;
  limited("%d folders", depth);
}

const struct attempt FILES[] = {
    {"neighbour-home", neighbour_home},
    {"node-files", node_files},
    {"machine-files", machine_files},
    {"write-system", write_system},
    {"save-symlinks", save_symlinks},
    {"save-hard-links", save_hard_links},
    {"save-names", save_names},
    {"save-special-files", save_special_files},
    {"save-deep-folders", save_deep_folders},
    {"set-uid-file", set_uid_file},
    {"giant-file", giant_file},
    {"last-fill-disk", fill_disk},
    {"last-fill-saves", fill_saves},
    {"last-many-files", many_files},
    {0},
};
