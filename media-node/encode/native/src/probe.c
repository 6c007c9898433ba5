#include "probe.h"

#include <json-c/json.h>
#include <stdio.h>
#include <time.h>

#include "clock.h"
#include "encoders.h"

/** Large enough for every graphics card, small enough for the slowest encoder to answer at once. */
#define WIDTH 640
#define HEIGHT 360
#define FPS 60
#define BITRATE_KBPS 4000
/** The first is a key frame and sets much up; of the others the fastest counts. */
#define FRAMES 4

/** A pattern with edges that moves by a few pixels. */
static void draw(struct Picture *picture, int step) {
  for (int y = 0; y < HEIGHT; y++)
    for (int x = 0; x < WIDTH; x++)
      picture->plane[0][y * picture->stride[0] + x] = (uint8_t)(16 + (((x + 5 * step) / 8 * 37) ^ ((y + 3 * step) / 8 * 61)) % 220);
  for (int i = 0; i < picture->columns * picture->rows; i++) picture->age[i] = 0;
}

static int64_t now_ns(clockid_t clock) {
  struct timespec t;
  clock_gettime(clock, &t);
  return t.tv_sec * NS_PER_SECOND + t.tv_nsec;
}

/** @return milliseconds a frame, or less than 0: it does not work. */
static double try_encoder(const struct EncoderOps *ops, struct Picture *picture) {
  struct EncoderConfig config = {WIDTH, HEIGHT, FPS, BITRATE_KBPS, 1};
  void *encoder = ops->open(&config);
  if (!encoder) return -1;
  double fastest = -1;
  for (int i = 0; i < FRAMES; i++) {
    struct EncodedFrame frame;
    draw(picture, i);
    /* Other work on the processor is no fault of a software encoder's; a card's time is not the processor's. */
    clockid_t clock = ops->hardware ? CLOCK_MONOTONIC : CLOCK_PROCESS_CPUTIME_ID;
    int64_t begun = now_ns(clock);
    bool encoded = ops->encode(encoder, picture, i == 0, &frame);
    double ms = ns_to_ms(now_ns(clock) - begun);
    /* A frame may be left out for the rate's sake, but not the first. */
    if (!encoded || (i == 0 && (!frame.key || frame.unit_count == 0))) {
      fastest = -1;
      break;
    }
    if (i > 0 && frame.unit_count > 0 && (fastest < 0 || ms < fastest)) fastest = ms;
  }
  ops->close(encoder);
  return fastest;
}

static void tell(const struct EncoderOps *ops, double ms) {
  struct json_object *line = json_object_new_object();
  json_object_object_add(line, "codec", json_object_new_string(ops->codec));
  json_object_object_add(line, "encoder", json_object_new_string(ops->name));
  json_object_object_add(line, "hardware", json_object_new_boolean(ops->hardware));
  json_object_object_add(line, "msPerFrame", json_object_new_double(ms));
  puts(json_object_to_json_string_ext(line, JSON_C_TO_STRING_PLAIN));
  /* A driver that crashes takes nothing back that was said. */
  fflush(stdout);
  json_object_put(line);
}

static void probe_all(const struct EncoderOps *const *encoders, size_t count) {
  for (size_t i = 0; i < count; i++) {
    /* Each begins with a new picture: blocks of the last one would count as seen. */
    struct Picture picture;
    if (!picture_open(&picture, WIDTH, HEIGHT)) return;
    double ms = try_encoder(encoders[i], &picture);
    picture_close(&picture);
    if (ms >= 0) tell(encoders[i], ms);
  }
}

void probe_encoders(void) {
  probe_all(encoders_software, encoders_software_count);
  probe_all(encoders_hardware, encoders_hardware_count);
}
