/** libavcodec's way with one of its software encoders in the place of a card's: no machine for tests has one. */
#include "encoder_avcodec.h"

#include <string.h>

#include "check.h"

#define WIDTH 320
#define HEIGHT 180
#define NAL_TYPE(unit) ((unit).data[0] & 0x1f)

static const char *const options[] = {"preset", "ultrafast", "tune", "zerolatency", "profile", "baseline", "forced-idr", "1", NULL};
static const struct AvcodecKind live = {"libx264", options, false, false};
static const struct AvcodecKind fixed = {"libx264", options, false, true};
static const struct EncoderConfig config = {WIDTH, HEIGHT, 30, 1000, 1};

static void draw(struct Picture *picture, int step) {
  for (int y = 0; y < HEIGHT; y++)
    for (int x = 0; x < WIDTH; x++) picture->plane[0][y * picture->stride[0] + x] = (uint8_t)((x * 7 + step * 3) ^ (y * 5));
}

static struct EncodedFrame encode(void *encoder, struct Picture *picture, int step, bool key) {
  struct EncodedFrame frame;
  draw(picture, step);
  CHECK(avcodec_encode(encoder, picture, key, &frame));
  CHECK(frame.unit_count > 0);
  return frame;
}

static void gives_each_frame_at_once_and_a_key_frame_when_asked(void) {
  struct Picture picture;
  CHECK(picture_open(&picture, WIDTH, HEIGHT));
  void *encoder = avcodec_open(&live, &config);
  CHECK(encoder != NULL);
  for (int i = 0; i < 20; i++) {
    struct EncodedFrame frame = encode(encoder, &picture, i, i == 12);
    CHECK_EQUAL(frame.key, i == 0 || i == 12);
    if (!frame.key) continue;
    CHECK_EQUAL(NAL_TYPE(frame.units[0]), 7);
    CHECK_EQUAL(NAL_TYPE(frame.units[1]), 8);
    for (int n = 2; n < frame.unit_count; n++) CHECK_EQUAL(NAL_TYPE(frame.units[n]), 5);
  }
  CHECK(avcodec_set_rate(encoder, 300, 30));
  CHECK(!encode(encoder, &picture, 20, false).key);
  avcodec_close_encoder(encoder);
  picture_close(&picture);
}

static void is_opened_anew_for_another_rate_only_where_it_must(void) {
  struct Picture picture;
  CHECK(picture_open(&picture, WIDTH, HEIGHT));
  void *encoder = avcodec_open(&fixed, &config);
  CHECK(encoder != NULL);
  const struct {
    int kbps, fps;
    bool key;
  } rates[] = {{1000, 30, true}, {980, 30, false}, {1200, 30, false}, {600, 30, true}, {800, 30, false}, {1000, 30, true}, {500, 15, false}};
  for (size_t i = 0; i < sizeof rates / sizeof *rates; i++) {
    CHECK(avcodec_set_rate(encoder, rates[i].kbps, rates[i].fps));
    CHECK_EQUAL(encode(encoder, &picture, (int)i, false).key, rates[i].key);
  }
  avcodec_close_encoder(encoder);
  picture_close(&picture);
}

static void says_no_where_there_is_no_such_encoder(void) {
  const struct AvcodecKind none = {"h264_none", options, false, false};
  CHECK(avcodec_open(&none, &config) == NULL);
}

int main(void) {
  gives_each_frame_at_once_and_a_key_frame_when_asked();
  is_opened_anew_for_another_rate_only_where_it_must();
  says_no_where_there_is_no_such_encoder();
}
