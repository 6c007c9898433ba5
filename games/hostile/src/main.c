// hostile [ATTEMPT...]: tries to get out of the sandbox, by the ways that are named or by all that a session survives.
#include <X11/Xlib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "attempt.h"

static const struct attempt *const THEMES[] = {FILES, KERNEL, NETWORK, PROCESSES, DESKTOP, RESOURCES};
enum { THEME_COUNT = sizeof THEMES / sizeof *THEMES };

// Those whose name begins so end the session when they are stopped: each needs a session of its own.
static const char FATAL[] = "last-";

static const struct attempt *find(const char *name) {
  for (int theme = 0; theme < THEME_COUNT; theme++)
    for (const struct attempt *attempt = THEMES[theme]; attempt->name != NULL; attempt++)
      if (strcmp(attempt->name, name) == 0) return attempt;
  fprintf(stderr, "hostile: no attempt %s\n", name);
  exit(2);
}

static int try_all(void) {
  int escapes = 0;
  for (int theme = 0; theme < THEME_COUNT; theme++)
    for (const struct attempt *attempt = THEMES[theme]; attempt->name != NULL; attempt++)
      if (strncmp(attempt->name, FATAL, sizeof FATAL - 1) != 0) escapes += attempt_run(attempt);
  return escapes;
}

// It looks like a game: a session begins with a window.
static void show_window(void) {
  Display *display = XOpenDisplay(NULL);
  if (display == NULL) return;
  const Window root = DefaultRootWindow(display);
  const Window window = XCreateSimpleWindow(display, root, 0, 0, 640, 360, 0, 0, 0x200808);
  XMapWindow(display, window);
  XFlush(display);
}

int main(int count, char **arguments) {
  if (chdir(getenv("HOME")) != 0) perror("HOME");
  show_window();
  int escapes = 0;
  if (count == 1) escapes = try_all();
  for (int i = 1; i < count; i++) escapes += attempt_run(find(arguments[i]));
  return escapes == 0 ? 0 : 3;
}
