// probe [--scene still|busy|scroll]: the instrument for latency, A/V sync and input tests. See README.md.
#include <X11/XKBlib.h>
#include <X11/Xlib.h>
#include <X11/Xutil.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "beep.h"
#include "draw.h"
#include "match.h"
#include "save.h"
#include "state.h"

// The moving scenes draw at 60 fps; the still one once a second, so that its frame counter shows that it lives.
static const double MOVING_S = 1.0 / 60;
static const double STILL_S = 1.0;

static enum scene parse_scene(const char *name) {
  if (strcmp(name, "still") == 0) return SCENE_STILL;
  if (strcmp(name, "busy") == 0) return SCENE_BUSY;
  if (strcmp(name, "scroll") == 0) return SCENE_SCROLL;
  fprintf(stderr, "probe: no scene %s (still, busy, scroll)\n", name);
  exit(2);
}

static Window open_window(Display *display) {
  const int screen = DefaultScreen(display);
  XSetWindowAttributes attributes = {
      .event_mask = KeyPressMask | KeyReleaseMask | ButtonPressMask | PointerMotionMask | ExposureMask,
      .background_pixel = BlackPixel(display, screen),
  };
  const Window window = XCreateWindow(display, RootWindow(display, screen), 0, 0, PICTURE_WIDTH, PICTURE_HEIGHT, 0,
                                      CopyFromParent, InputOutput, CopyFromParent, CWEventMask | CWBackPixel,
                                      &attributes);
  XStoreName(display, window, "probe");
  XMapWindow(display, window);
  return window;
}

static enum effect handle(struct state *state, XEvent *event) {
  switch (event->type) {
    case KeyPress: return state_key_down(state, event->xkey.keycode, XLookupKeysym(&event->xkey, 0));
    case KeyRelease: return state_key_up(state, XLookupKeysym(&event->xkey, 0));
    case ButtonPress: state_button(state, event->xbutton.button); return EFFECT_CHANGED;
    case MotionNotify:
      state->pointer_x = event->xmotion.x;
      state->pointer_y = event->xmotion.y;
      return EFFECT_CHANGED;
    case Expose: state->stale = true; return EFFECT_CHANGED;
    default: return EFFECT_NONE;
  }
}

// Takes all events that are there; what the most important of them asks for.
static enum effect handle_all(Display *display, struct state *state) {
  enum effect strongest = EFFECT_NONE;
  while (XPending(display) > 0) {
    XEvent event;
    XNextEvent(display, &event);
    const enum effect effect = handle(state, &event);
    if (effect > strongest) strongest = effect;
  }
  return strongest;
}

int main(int count, char **arguments) {
  struct state state = {.scene = SCENE_STILL, .stale = true};
  for (int i = 1; i < count; i++) {
    if (strcmp(arguments[i], "--scene") == 0 && i + 1 < count) {
      state.scene = parse_scene(arguments[++i]);
    } else {
      fprintf(stderr, "usage: %s [--scene still|busy|scroll]\n", arguments[0]);
      return 2;
    }
  }
  Display *display = XOpenDisplay(NULL);
  if (display == NULL) {
    fputs("probe: no display\n", stderr);
    return 1;
  }
  // A key that is held repeats as presses without releases, so that a release is always the player's.
  XkbSetDetectableAutoRepeat(display, True, NULL);
  save_load(&state);
  beep_start();
  struct canvas *canvas = canvas_open(display, open_window(display));
  double due = 0;
  bool was_lit = false;
  for (;;) {
    const enum effect effect = handle_all(display, &state);
    if (effect == EFFECT_QUIT) break;
    if (effect == EFFECT_BEEP) beep();
    if (effect == EFFECT_SAVE) save_write(&state);
    if (effect == EFFECT_MATCH) match_end(&state);
    const double now = clock_now();
    const bool lit = now < state.flash_until;
    if (effect != EFFECT_NONE || now >= due || lit != was_lit) {
      // An answer to a press is drawn at once and leaves the rhythm of the scene as it was.
      if (now >= due) {
        const double period = state.scene == SCENE_STILL ? STILL_S : MOVING_S;
        due = due + period > now ? due + period : now + period;
      }
      state.frame++;
      was_lit = lit;
      canvas_draw(canvas, &state);
      state.stale = false;
    }
    double wait = due - clock_now();
    if (state.scene != SCENE_STILL && wait > MOVING_S) wait = due = 0;
    if (was_lit && state.flash_until - clock_now() < wait) wait = state.flash_until - clock_now();
    struct pollfd ready = {.fd = ConnectionNumber(display), .events = POLLIN};
    if (XPending(display) == 0 && wait > 0) poll(&ready, 1, (int)(wait * 1000) + 1);
  }
  canvas_close(canvas);
  XCloseDisplay(display);
  return 0;
}
