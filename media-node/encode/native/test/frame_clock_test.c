#include "frame_clock.h"

#include "check.h"
#include "clock.h"

#define FPS 50 /* 20 ms */
static const int64_t start = 1000 * NS_PER_SECOND;
static struct FrameClock frames;

static int64_t ms(double value) { return start + (int64_t)(value * (double)NS_PER_MS); }

static void begin(void) {
  frame_clock_start(&frames, start, FPS);
  CHECK(frame_clock_due(&frames, start) <= start);
  CHECK(frame_clock_key_due(&frames, start));
  frame_clock_sent(&frames, start, true, true);
}

static void a_change_after_stillness_goes_at_once(void) {
  begin();
  frame_clock_damaged(&frames, ms(5000));
  int64_t due = frame_clock_due(&frames, ms(5000));
  CHECK(due <= ms(5000.5));
}

static void little_more_frames_than_the_rate(void) {
  begin();
  int sent = 0;
  for (double t = 0; t < 10000; t += 0.1) {
    frame_clock_damaged(&frames, ms(t));
    if (t > 5000 && t < 6000) frame_clock_pressed(&frames, ms(t));
    if (frame_clock_due(&frames, ms(t)) > ms(t)) continue;
    frame_clock_sent(&frames, ms(t), true, false);
    sent++;
  }
  CHECK(sent <= 10 * FPS * 1.05 + 1);
  CHECK(sent >= 10 * FPS);
}

static void a_press_borrows_one_frame(void) {
  begin();
  for (double t = 0; t < 1000; t += 0.1) {
    frame_clock_damaged(&frames, ms(t));
    if (frame_clock_due(&frames, ms(t)) <= ms(t)) frame_clock_sent(&frames, ms(t), true, false);
  }
  int64_t last = frames.last_frame_at, now = last + NS_PER_MS;
  frame_clock_damaged(&frames, now);
  CHECK(frame_clock_due(&frames, now) > last + 15 * NS_PER_MS);
  frame_clock_pressed(&frames, now);
  now += NS_PER_MS;
  CHECK(frame_clock_due(&frames, now) <= now);
  frame_clock_sent(&frames, now, true, false);
  frame_clock_damaged(&frames, now);
  CHECK(frame_clock_due(&frames, now) > now + 30 * NS_PER_MS);
}

static void a_still_picture_is_refined_then_kept_alive(void) {
  begin();
  int sent = 0;
  double at[20];
  for (double t = 0; t < 4000; t += 1) {
    if (frame_clock_due(&frames, ms(t)) > ms(t)) continue;
    CHECK(frame_clock_due_unchanged(&frames, ms(t)));
    frame_clock_sent(&frames, ms(t), false, false);
    at[sent++] = t;
  }
  CHECK_EQUAL(sent, 11); /* 8 refinements in 0.8 s, then one a second */
  CHECK_EQUAL(at[7], 800);
  CHECK_EQUAL(at[10], 3800);
}

/** A program that draws at the frame rate by its own clock never waits for a token, nor does a key frame cost one. */
static void a_program_of_the_same_rate_is_never_held_up(void) {
  begin();
  int keys = 0;
  for (int i = 5; i < 500; i++) {
    int64_t drawn = ms(i * 19.2);
    frame_clock_damaged(&frames, drawn);
    if (i % 50 == 0) frame_clock_key_asked(&frames, drawn + 5 * NS_PER_MS);
    int64_t due = frame_clock_due(&frames, drawn);
    CHECK(due <= drawn + NS_PER_MS / 2);
    bool key = frame_clock_key_due(&frames, due);
    keys += key;
    frame_clock_sent(&frames, due, true, key);
  }
  CHECK_EQUAL(keys, 9);
}

static void key_frames_are_coalesced(void) {
  begin();
  int keys = 0;
  for (double t = 0; t < 1000; t += 1) {
    frame_clock_key_asked(&frames, ms(t));
    if (frame_clock_due(&frames, ms(t)) > ms(t)) continue;
    bool key = frame_clock_key_due(&frames, ms(t));
    keys += key;
    frame_clock_sent(&frames, ms(t), false, key);
  }
  CHECK_EQUAL(keys, 4);
}

static void unchanged_redraws_do_not_hold_up_a_change_for_long(void) {
  begin();
  double t = 20;
  for (; t < 1000; t += 20) {
    frame_clock_damaged(&frames, ms(t));
    CHECK(frame_clock_due(&frames, ms(t + 1)) <= ms(t + 1));
    frame_clock_unchanged(&frames);
  }
  frame_clock_damaged(&frames, ms(t));
  CHECK(frame_clock_due(&frames, ms(t + 1)) <= ms(t + 1));
}

int main(void) {
  a_change_after_stillness_goes_at_once();
  little_more_frames_than_the_rate();
  a_press_borrows_one_frame();
  a_still_picture_is_refined_then_kept_alive();
  a_program_of_the_same_rate_is_never_held_up();
  key_frames_are_coalesced();
  unchanged_redraws_do_not_hold_up_a_change_for_long();
}
