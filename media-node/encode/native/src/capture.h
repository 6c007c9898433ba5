#ifndef NEARCADE_CAPTURE_H
#define NEARCADE_CAPTURE_H
#include <xcb/damage.h>
#include <xcb/shm.h>
#include <xcb/xcb.h>
#include <xcb/xfixes.h>

#include "damage_map.h"

/** The root window of one X server: tells of damage and copies damaged pixels through shared memory. */
struct Capture {
  xcb_connection_t *connection;
  xcb_window_t root;
  int screen_width, screen_height; /**< followed through RandR */
  uint8_t damage_event;            /**< event code of XDamageNotify */

  xcb_damage_damage_t damage;
  xcb_xfixes_region_t region;
  struct DamageMap map;
  struct Rect *rects;
  xcb_shm_get_image_cookie_t *pending;
  xcb_shm_seg_t segment;
  uint8_t *pixels;
  size_t pixels_size;
};

enum CaptureEvents { CAPTURE_DAMAGED = 1, CAPTURE_SCREEN_CHANGED = 2, CAPTURE_LOST = 4 };

/** What a grab took, in nanoseconds, and how many macroblocks of the picture it changed. */
struct GrabResult {
  int changed;
  int64_t wait_ns;    /**< waiting for the X server's copy */
  int64_t convert_ns; /**< conversion and comparison */
};

/** Connects to $DISPLAY. @return NULL, or why it did not work. */
const char *capture_open(struct Capture *capture);
void capture_close(struct Capture *capture);

/** Begins to follow the top left width x height pixels, all of which count as damaged. @return NULL or why not. */
const char *capture_start(struct Capture *capture, int width, int height);
void capture_stop(struct Capture *capture);

/** Reads what the X server sent, never waiting. @return a set of CaptureEvents. */
int capture_poll(struct Capture *capture);

/** All of the picture is captured anew by the next grab. */
void capture_mark_all(struct Capture *capture);

/**
 * Brings the picture up to date with what is on the screen. False: the X server is gone.
 */
bool capture_grab(struct Capture *capture, struct Picture *picture, struct GrabResult *result);

#endif
