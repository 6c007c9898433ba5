#ifndef NEARCADE_REPEATS_H
#define NEARCADE_REPEATS_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * How much of what is sent goes out a second time, so that a lost packet need not be missed, asked for and sent again, which
 * takes a round trip, or, when it was the last before a pause, until the next frame shows the gap. The SFU hands the second
 * one on as a retransmission (sfu/worker-build). A share of the bitrate is spent so: first on frames that answer a press,
 * then on the end of each frame. It holds times only: no clock is read here.
 */
struct Repeats {
  int share_percent; /**< of the bitrate */
  double bytes;      /**< saved up */
  int64_t filled_at;
};

void repeats_start(struct Repeats *repeats, int64_t now, int share_percent);

/**
 * A frame of `count` packets and `size` bytes was sent. @return how many of them, from the end, to send once more;
 * they are paid for.
 */
int repeats_take(struct Repeats *repeats, int64_t now, int bitrate_kbps, int count, size_t size, bool answers_press);

#endif
