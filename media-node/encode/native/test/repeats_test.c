#include "repeats.h"

#include "check.h"
#include "clock.h"

#define KBPS 8000
#define FRAME_NS (NS_PER_SECOND / 60)

/** Of `frames` frames of ten packets: how many packets are sent once more. */
static int repeated(struct Repeats *r, int64_t *now, int frames, bool answers) {
  int sum = 0;
  for (int i = 0; i < frames; i++) {
    *now += FRAME_NS;
    sum += repeats_take(r, *now, KBPS, 10, 10000, answers);
  }
  return sum;
}

static void keeps_to_its_share(void) {
  for (int share = 5; share <= 50; share += 15) {
    struct Repeats r;
    int64_t now = NS_PER_SECOND;
    repeats_start(&r, now, share);
    repeated(&r, &now, 120, false);
    /* 8 Mbit/s are 1000 packets of 1000 bytes a second. */
    int sent = repeated(&r, &now, 60, false), due = 1000 * share / 100;
    CHECK(sent >= due * 9 / 10 - 1 && sent <= due * 11 / 10 + 1);
  }
}

static void answers_come_first(void) {
  struct Repeats r;
  int64_t now = NS_PER_SECOND;
  repeats_start(&r, now, 10);
  repeated(&r, &now, 120, false);
  CHECK(repeats_take(&r, now, KBPS, 10, 10000, false) <= 1);
  CHECK(repeats_take(&r, now, KBPS, 10, 10000, true) == 10);
}

static void nothing_is_saved_without_end(void) {
  struct Repeats r;
  int64_t now = NS_PER_SECOND;
  repeats_start(&r, now, 10);
  now += 3600 * NS_PER_SECOND;
  int sent = 0;
  for (int i = 0; i < 1000; i++) sent += repeats_take(&r, now, KBPS, 10, 10000, true);
  CHECK(sent == 50);
}

static void none_when_off(void) {
  struct Repeats r;
  int64_t now = NS_PER_SECOND;
  repeats_start(&r, now, 0);
  CHECK(repeated(&r, &now, 120, true) == 0);
}

int main(void) {
  keeps_to_its_share();
  answers_come_first();
  nothing_is_saved_without_end();
  none_when_off();
}
