#include "frame_clock.h"

#include "clock.h"

/** A program draws one frame in several requests: this long after the first, most have come in. */
#define SETTLE_NS (3 * NS_PER_MS / 10)
/**
 * The bucket fills this much faster than the frame rate says. Programs keep their own time: one that sleeps 16 ms draws
 * 62.5 frames a second, and without slack each of its frames would wait, half a frame on average, for a token.
 */
#define SLACK 1.05
/** Little enough that a program which draws at exactly the frame rate is not held up by its own jitter. */
#define TOKENS_TO_GO 0.6
/** Half a frame saved up from stillness; more would let a burst pass the frame rate. */
#define TOKENS_MAX 1.5
/** A change that answers a press may borrow almost a whole frame; it is paid back before the next. */
#define TOKENS_TO_GO_PRESSED (-0.4)
/** Games that poll once a frame show a press within this time; later changes have another cause. */
#define PRESS_NS (100 * NS_PER_MS)
/** A grab that showed nothing new costs no encoding, but must not be free, or identical redraws eat a core. */
#define UNCHANGED_COST 0.5
/** After motion, this many more frames at this distance bring the still picture to full quality. */
#define REFINEMENTS 8
#define REFINEMENT_NS (100 * NS_PER_MS)
/** A receiver that sees no packet for long takes the stream for dead. */
#define KEEP_ALIVE_NS NS_PER_SECOND
/** Several viewers that lose the same packet ask within this time: one key frame serves them all. */
#define KEY_FRAME_NS (200 * NS_PER_MS)
/** In motion a key frame takes the place of the next frame, rather than a token of its own; for it, it waits this long. */
#define KEY_FRAME_INTERVALS 1.5
#define KEY_FRAME_WAIT_MAX_NS (40 * NS_PER_MS)

static int64_t min64(int64_t a, int64_t b) { return a < b ? a : b; }
static int64_t max64(int64_t a, int64_t b) { return a > b ? a : b; }

void frame_clock_start(struct FrameClock *clock, int64_t now, int fps) {
  *clock = (struct FrameClock){.tokens = TOKENS_MAX,
                               .filled_at = now,
                               .last_frame_at = now - KEEP_ALIVE_NS,
                               .last_key_at = now - KEY_FRAME_NS,
                               .damaged_at = now,
                               .key_asked_at = now};
  frame_clock_set_fps(clock, fps);
}

void frame_clock_set_fps(struct FrameClock *clock, int fps) {
  clock->interval_ns = (int64_t)((double)NS_PER_SECOND / (fps * SLACK));
}

void frame_clock_damaged(struct FrameClock *clock, int64_t now) {
  if (!clock->damaged_at) clock->damaged_at = now;
}

void frame_clock_key_asked(struct FrameClock *clock, int64_t now) {
  if (!clock->key_asked_at) clock->key_asked_at = now;
}

void frame_clock_pressed(struct FrameClock *clock, int64_t now) { clock->press_until = now + PRESS_NS; }

static void fill(struct FrameClock *clock, int64_t now) {
  clock->tokens += (double)(now - clock->filled_at) / (double)clock->interval_ns;
  if (clock->tokens > TOKENS_MAX) clock->tokens = TOKENS_MAX;
  clock->filled_at = now;
}

static int64_t damage_due(struct FrameClock *clock, int64_t now) {
  fill(clock, now);
  double needed = now < clock->press_until ? TOKENS_TO_GO_PRESSED : TOKENS_TO_GO;
  double missing = needed - clock->tokens;
  int64_t token_at = missing > 0 ? now + 1 + (int64_t)(missing * (double)clock->interval_ns) : now;
  return max64(clock->damaged_at + SETTLE_NS, token_at);
}

static int64_t key_allowed_at(const struct FrameClock *clock) {
  return max64(clock->key_asked_at, clock->last_key_at + KEY_FRAME_NS);
}

static int64_t key_due_at(const struct FrameClock *clock) {
  int64_t wait = (int64_t)(KEY_FRAME_INTERVALS * (double)clock->interval_ns);
  return max64(key_allowed_at(clock), clock->last_frame_at + min64(wait, KEY_FRAME_WAIT_MAX_NS));
}

static int64_t unchanged_due_at(const struct FrameClock *clock) {
  int64_t due = clock->last_frame_at + (clock->refinements_left > 0 ? REFINEMENT_NS : KEEP_ALIVE_NS);
  return clock->key_asked_at ? min64(due, key_due_at(clock)) : due;
}

int64_t frame_clock_due(struct FrameClock *clock, int64_t now) {
  int64_t due = unchanged_due_at(clock);
  return clock->damaged_at ? min64(due, damage_due(clock, now)) : due;
}

bool frame_clock_key_due(const struct FrameClock *clock, int64_t now) {
  return clock->key_asked_at && now >= key_allowed_at(clock);
}

bool frame_clock_due_unchanged(const struct FrameClock *clock, int64_t now) { return now >= unchanged_due_at(clock); }

void frame_clock_unchanged(struct FrameClock *clock) {
  clock->damaged_at = 0;
  clock->tokens -= UNCHANGED_COST;
}

void frame_clock_sent(struct FrameClock *clock, int64_t now, bool changed, bool key) {
  fill(clock, now);
  clock->tokens -= 1;
  clock->damaged_at = 0;
  clock->last_frame_at = now;
  if (key) {
    clock->last_key_at = now;
    clock->key_asked_at = 0;
  }
  if (changed) {
    clock->refinements_left = REFINEMENTS;
    clock->press_until = 0;
  } else if (clock->refinements_left > 0) {
    clock->refinements_left--;
  }
}
