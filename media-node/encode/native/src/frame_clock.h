#ifndef NEARCADE_FRAME_CLOCK_H
#define NEARCADE_FRAME_CLOCK_H
#include <stdbool.h>
#include <stdint.h>

/**
 * Decides when a frame is due. A token bucket keeps the average to the frame rate, give or take a twentieth, yet a
 * change after stillness goes at once. It holds times only: no clock is read here.
 */
struct FrameClock {
  int64_t interval_ns; /**< in which one token comes */
  double tokens;
  int64_t filled_at;
  int64_t last_frame_at;
  int64_t last_key_at;
  int64_t damaged_at;    /**< first damage not yet captured; 0 = none */
  int64_t key_asked_at;  /**< 0 = no key frame is wanted */
  int64_t press_until;   /**< a press was injected: until then one change may go ahead of its turn */
  int refinements_left;
};

/** The first frame, a key frame of the whole picture, is due at once. */
void frame_clock_start(struct FrameClock *clock, int64_t now, int fps);
void frame_clock_set_fps(struct FrameClock *clock, int fps);
void frame_clock_damaged(struct FrameClock *clock, int64_t now);
void frame_clock_key_asked(struct FrameClock *clock, int64_t now);
void frame_clock_pressed(struct FrameClock *clock, int64_t now);

/** When the next frame is due: now or earlier means at once. */
int64_t frame_clock_due(struct FrameClock *clock, int64_t now);
/** Whether the frame that goes now is to be a key frame. */
bool frame_clock_key_due(const struct FrameClock *clock, int64_t now);
/** Whether a frame is due now even if nothing changed: a key frame, a refinement or the keep-alive. */
bool frame_clock_due_unchanged(const struct FrameClock *clock, int64_t now);

/** The damage was captured, and what was drawn is what was there before: no frame came of it. */
void frame_clock_unchanged(struct FrameClock *clock);
void frame_clock_sent(struct FrameClock *clock, int64_t now, bool changed, bool key);

#endif
