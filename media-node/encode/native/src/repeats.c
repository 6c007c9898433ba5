#include "repeats.h"

#include "clock.h"

/** What can be saved up, as time at the bitrate: the largest frame that the encoder makes. */
#define SAVED_MAX_MS 50
/** This part of it is kept for frames that answer a press. */
#define KEPT_FOR_ANSWERS 0.5

void repeats_start(struct Repeats *repeats, int64_t now, int share_percent) {
  *repeats = (struct Repeats){.share_percent = share_percent, .filled_at = now};
}

static void fill(struct Repeats *r, int64_t now, int bitrate_kbps) {
  double bytes_per_ms = bitrate_kbps / 8.0, most = bytes_per_ms * SAVED_MAX_MS;
  r->bytes += ns_to_ms(now - r->filled_at) * bytes_per_ms * r->share_percent / 100;
  if (r->bytes > most) r->bytes = most;
  r->filled_at = now;
}

int repeats_take(struct Repeats *r, int64_t now, int bitrate_kbps, int count, size_t size, bool answers_press) {
  fill(r, now, bitrate_kbps);
  if (r->share_percent == 0 || count <= 0 || size == 0) return 0;
  double kept = answers_press ? 0 : bitrate_kbps / 8.0 * SAVED_MAX_MS * KEPT_FOR_ANSWERS;
  double packet = (double)size / count;
  int affordable = (int)((r->bytes - kept) / packet);
  int taken = affordable < 0 ? 0 : affordable < count ? affordable : count;
  r->bytes -= taken * packet;
  return taken;
}
