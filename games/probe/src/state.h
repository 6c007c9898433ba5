// What the probe shows: everything that a test reads off the picture.
#ifndef PROBE_STATE_H
#define PROBE_STATE_H

#include <stdbool.h>
#include <stdint.h>

enum { SEATS = 4, COLOURS = 6 };

enum scene { SCENE_STILL, SCENE_BUSY, SCENE_SCROLL };

struct state {
  enum scene scene;
  uint32_t frame;            // frames drawn since the start
  uint32_t presses[SEATS];   // key presses of each seat
  bool held[SEATS];          // its key is down now
  unsigned last_keycode;     // X keycode of the last key of any kind
  unsigned last_button;      // X button of the last mouse press, wheel not included
  unsigned wheel;            // wheel notches
  int pointer_x, pointer_y;  // pixels of the window
  bool stale;                // all of the window must be drawn: it was covered, or the scene has changed
  double flash_until;        // seconds of clock_now(): the sync block is lit until then
};

enum effect { EFFECT_NONE, EFFECT_CHANGED, EFFECT_BEEP, EFFECT_SAVE, EFFECT_MATCH, EFFECT_QUIT };

// Seconds of the monotonic clock.
double clock_now(void);

// A key went down. Auto-repeat of a held seat key changes nothing.
enum effect state_key_down(struct state *state, unsigned keycode, unsigned long keysym);
enum effect state_key_up(struct state *state, unsigned long keysym);
void state_button(struct state *state, unsigned button);

#endif
