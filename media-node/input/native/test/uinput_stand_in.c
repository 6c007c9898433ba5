/* uinput, for the program that makes pads, on a machine that has none: it takes everything, and a pad's node is one of /dev/null. */
#include <stdio.h>

#include "uinput_pad.h"

static int takes_all(int fd, unsigned long request, void *argument) {
  (void)fd, (void)request, (void)argument;
  return 0;
}

__attribute__((constructor)) static void stand_in(void) { uinput_ioctl = takes_all; }

int uinput_pad_node(const struct uinput_pad *pad, char *name, size_t size, unsigned *major, unsigned *minor) {
  snprintf(name, size, "event%d", pad->fd);
  *major = 1;
  *minor = 3;
  return 0;
}
