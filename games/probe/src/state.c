#include "state.h"

#include <X11/keysym.h>
#include <time.h>

// Long enough for one frame at 15 fps, short enough that two presses flash twice.
static const double FLASH_S = 0.08;

double clock_now(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

// F1 to F4 are the seats' keys.
static int seat_of(unsigned long keysym) {
  return keysym >= XK_F1 && keysym < XK_F1 + SEATS ? (int)(keysym - XK_F1) : -1;
}

static void set_scene(struct state *state, enum scene scene) {
  state->scene = scene;
  state->stale = true;
}

enum effect state_key_down(struct state *state, unsigned keycode, unsigned long keysym) {
  const int seat = seat_of(keysym);
  if (seat >= 0 && state->held[seat]) return EFFECT_NONE;
  state->last_keycode = keycode & 0xff;
  if (seat >= 0) {
    state->presses[seat]++;
    state->held[seat] = true;
    state->flash_until = clock_now() + FLASH_S;
    return EFFECT_BEEP;
  }
  switch (keysym) {
    case XK_F7: return EFFECT_MATCH;
    case XK_F8: return EFFECT_SAVE;
    case XK_F9: set_scene(state, SCENE_STILL); break;
    case XK_F10: set_scene(state, SCENE_BUSY); break;
    case XK_F11: set_scene(state, SCENE_SCROLL); break;
    case XK_F12: return EFFECT_QUIT;
  }
  return EFFECT_CHANGED;
}

enum effect state_key_up(struct state *state, unsigned long keysym) {
  const int seat = seat_of(keysym);
  if (seat < 0) return EFFECT_NONE;
  state->held[seat] = false;
  return EFFECT_CHANGED;
}

void state_button(struct state *state, unsigned button) {
  // X11 sends the wheel as buttons 4 to 7.
  if (button >= 4 && button <= 7) {
    state->wheel++;
  } else {
    state->last_button = button;
  }
}
