/*
 * nearcade-uinput SOCKET FOLDER UID GID [DEVICE]: makes the pads of one session devices of the kernel's. Hears of the pads on the node's
 * socket as the library in a game does (pad_record.h), and has in FOLDER, which the game sees as its /dev/input, a node of each pad that is
 * plugged in, for UID and GID alone. Says "ready" once what is plugged in is there; says why and ends with 1 when it can't go on. When it
 * ends, however it ends, the kernel takes its devices away.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/uinput.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

#include "uinput_pad.h"

/* What a game says of its motors in a tick is heard up to here; the rest waits, and this program is not kept busy. */
#define MOST_HEARD 20

/* How soon the end of an effect is noticed. */
#define TICK_MS 10

static const char *folder, *device = "/dev/uinput";
static uid_t owner;
static gid_t group;
static struct uinput_pad pads[PADS];
static char nodes[PADS][64];

static long now_ms(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1000L + now.tv_nsec / 1000000L;
}

static int fail(const char *what) {
  fprintf(stderr, "nearcade-uinput: %s: %s\n", what, strerror(errno));
  return -1;
}

/* Under another name first: whoever watches the folder finds it as it is to be. */
static int make_node(int number) {
  unsigned major, minor;
  char name[64], path[256], making[256];
  if (uinput_pad_node(&pads[number], name, sizeof name, &major, &minor) != 0) return fail("no event device");
  snprintf(nodes[number], sizeof nodes[number], "%s", name);
  snprintf(making, sizeof making, "%s/.making", folder);
  snprintf(path, sizeof path, "%s/%s", folder, name);
  unlink(making);
  if (mknod(making, S_IFCHR | 0600, makedev(major, minor)) != 0) return fail("mknod");
  if (chown(making, owner, group) != 0 || rename(making, path) != 0) return fail(path);
  return 0;
}

static void unplug(int number) {
  char path[256];
  if (nodes[number][0] != 0) {
    snprintf(path, sizeof path, "%s/%s", folder, nodes[number]);
    unlink(path);
    nodes[number][0] = 0;
  }
  uinput_pad_unplug(&pads[number]);
}

static int plug(int number) {
  int fd = open(device, O_RDWR | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0) return fail(device);
  if (uinput_pad_plug(&pads[number], fd, number) != 0) {
    fail("uinput");
    close(fd);
    return -1;
  }
  return make_node(number);
}

static int take(const struct pad_record *record) {
  struct uinput_pad *pad = &pads[record->pad];
  if (!record->plugged) {
    unplug(record->pad);
    return 0;
  }
  if (pad->fd < 0 && plug(record->pad) != 0) return -1;
  return uinput_pad_show(pad, &record->state) == 0 ? 0 : fail("write");
}

static void say_motors(int node, int number) {
  struct uinput_effect motors = uinput_pad_motors(&pads[number]);
  pad_rumble_send(node, number, motors.low, motors.high);
}

static int serve(int node) {
  long window = 0;
  int heard = 0;
  for (;;) {
    if (now_ms() - window >= TICK_MS) window = now_ms(), heard = 0;
    struct pollfd polls[PADS + 1];
    int playing = heard > MOST_HEARD;
    for (int i = 0; i < PADS; i++) {
      polls[i] = (struct pollfd){.fd = pads[i].fd, .events = heard > MOST_HEARD ? 0 : POLLIN};
      playing |= pads[i].playing >= 0 && pads[i].ends_at != 0;
    }
    polls[PADS] = (struct pollfd){.fd = node, .events = POLLIN};
    if (poll(polls, PADS + 1, playing ? TICK_MS : -1) < 0 && errno != EINTR) return fail("poll");
    long now = now_ms();
    for (int i = 0; i < PADS; i++) {
      int says = polls[i].fd >= 0 && (polls[i].revents & POLLIN), changed = says && uinput_pad_hear(&pads[i], now) > 0;
      heard += says;
      if (uinput_pad_tick(&pads[i], now) || changed) say_motors(node, i);
    }
    struct pad_record record;
    if (polls[PADS].revents == 0) continue;
    if (pad_record_read(node, &record) != 0) return 0; /* the node has closed the session's pads */
    if (take(&record) != 0) return -1;
  }
}

int main(int argc, char **argv) {
  if (argc < 5 || argc > 6) {
    fputs("nearcade-uinput SOCKET FOLDER UID GID [DEVICE]\n", stderr);
    return 2;
  }
  folder = argv[2];
  owner = (uid_t)strtoul(argv[3], NULL, 10);
  group = (gid_t)strtoul(argv[4], NULL, 10);
  if (argc == 6) device = argv[5];
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  umask(0);
  for (int i = 0; i < PADS; i++) pads[i].fd = -1, pads[i].playing = -1;
  int trial = open(device, O_RDWR | O_CLOEXEC);
  unsigned version;
  if (trial < 0 || uinput_ioctl(trial, UI_GET_VERSION, &version) != 0) return fail(device), 1;
  close(trial);
  int node = pad_socket_connect(argv[1]);
  if (node < 0) return fail(argv[1]), 1;
  for (int i = 0; i < PADS; i++) {
    struct pad_record record;
    if (pad_record_read(node, &record) != 0 || take(&record) != 0) return 1;
  }
  puts("ready");
  fflush(stdout);
  int ended = serve(node);
  for (int i = 0; i < PADS; i++) unplug(i);
  return ended == 0 ? 0 : 1;
}
