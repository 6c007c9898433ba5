// The display and the sound: others' are out of reach, our own may be misused but hurt our own session alone.
#include <X11/Xlib.h>
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

enum { FLOOD_S = 3, GRAB_S = 2, SIDE = 2048, PIXMAPS = 1000, CONNECTIONS = 2000 };

static void try_display(const char *name) {
  Display *display = XOpenDisplay(name);
  errno = EACCES;
  tried(name, display == NULL ? -1 : 0);
}

static long connect_path(const char *path) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
  return connect(socket(AF_UNIX, SOCK_STREAM, 0), (struct sockaddr *)&address, sizeof address);
}

static void neighbour_display(void) {
  const char *display = known("NEIGHBOUR_DISPLAY");
  char path[64];
  snprintf(path, sizeof path, "/tmp/.X11-unix/X%s", display + 1);
  tried("socket", connect_path(path));
  try_display(display);
  tried("cookie", open(known("NEIGHBOUR_COOKIE"), 0));
}

static void display_without_cookie(void) {
  setenv("XAUTHORITY", "/nowhere", 1);
  try_display(":0");
}

static void neighbour_sound(void) { tried("socket", connect_path(known("NEIGHBOUR_SOUND"))); }

static void run_quietly(const char *what, const char *command) {
  char line[256];
  snprintf(line, sizeof line, "%s >/dev/null 2>&1", command);
  errno = EPERM;
  tried(what, system(line) == 0 ? 0 : -1);
}

static void sound_modules(void) {
  // Without it nothing would be tried.
  if (system("pactl info >/dev/null") != 0) escaped("there is no pactl");
  run_quietly("TCP", "pactl load-module module-native-protocol-tcp port=4713");
  run_quietly("file", "pactl load-module module-pipe-sink file=/tmp/pipe");
  run_quietly("exit", "pactl exit");
}

static void sound_connections(void) {
  int count = 0;
  const char *path = known("PULSE_SERVER") + strlen("unix:");
  while (count < CONNECTIONS && connect_path(path) == 0) count++;
  limited("%d connections", count);
}

// Xlib ends the process on an error; here errors are expected.
static int ignore(Display *display, XErrorEvent *error) {
  (void)display;
  (void)error;
  return 0;
}

static Display *own_display(void) {
  XSetErrorHandler(ignore);
  Display *display = XOpenDisplay(NULL);
  if (display == NULL) _exit(1);
  return display;
}

static void display_flood(void) {
  Display *display = own_display();
  const Pixmap from = XCreatePixmap(display, DefaultRootWindow(display), 640, 360, 24);
  const Pixmap to = XCreatePixmap(display, DefaultRootWindow(display), 640, 360, 24);
  // Without an answer for each copy, which would fill our own memory.
  XGCValues values = {.graphics_exposures = False};
  const GC gc = XCreateGC(display, from, GCGraphicsExposures, &values);
  long copies = 0;
  for (const double start = seconds(); seconds() < start + FLOOD_S; copies++)
    XCopyArea(display, from, to, gc, 0, 0, 640, 360, 0, 0);
  limited("%ld copies", copies);
}

static void grab_display(void) {
  Display *display = own_display();
  XGrabServer(display);
  XGrabKeyboard(display, DefaultRootWindow(display), False, GrabModeSync, GrabModeSync, CurrentTime);
  XSync(display, False);
  mkdir("report", 0700);
  fclose(fopen("report/grabbed", "w"));
  sleep(GRAB_S);
  limited("held for %d s", GRAB_S);
}

// Resource ids begin with their client's number; those that the server makes for a client have one bit more. Whatever the
// window manager and the capture have, some id hits it.
static void kill_clients(void) {
  Display *display = own_display();
  enum { CLIENT_SHIFT = 21, CLIENTS = 64, IDS = 64 };
  const XID by_server = 0x40000000, own = XCreatePixmap(display, DefaultRootWindow(display), 1, 1, 1) >> CLIENT_SHIFT;
  for (XID client = 1; client < CLIENTS; client++)
    for (XID id = 0; id < IDS && client != own; id++) {
      XKillClient(display, client << CLIENT_SHIFT | id);
      XKillClient(display, client << CLIENT_SHIFT | by_server | id);
    }
  XSync(display, False);
  sleep(1);
  limited("those of our own display");
}

static void fill_display(void) {
  Display *display = own_display();
  XGCValues values = {.foreground = 0x123456};
  for (int i = 0; i < PIXMAPS; i++) {
    const Pixmap pixmap = XCreatePixmap(display, DefaultRootWindow(display), SIDE, SIDE, 24);
    const GC gc = XCreateGC(display, pixmap, GCForeground, &values);
    XFillRectangle(display, pixmap, gc, 0, 0, SIDE, SIDE);
    XSync(display, False);
  }
  escaped("%d MB in the X server", PIXMAPS * (SIDE * SIDE >> 18));
}

const struct attempt DESKTOP[] = {
    {"neighbour-display", neighbour_display},
    {"display-without-cookie", display_without_cookie},
    {"neighbour-sound", neighbour_sound},
    {"sound-modules", sound_modules},
    {"display-flood", display_flood},
    {"grab-display", grab_display},
    {"sound-connections", sound_connections},
    {"last-kill-clients", kill_clients},
    {"last-fill-display", fill_display},
    {0},
};
