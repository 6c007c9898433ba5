#ifndef NEARCADE_ENCODER_H
#define NEARCADE_ENCODER_H
#include <stddef.h>

#include "picture.h"

struct EncoderConfig {
  int width, height;
  int fps;          /**< the most frames a second */
  int bitrate_kbps; /**< of the stream at that rate */
  int threads; /**< 0 = what suits the encoder and the machine */
};

/** One NAL unit without start code (H.264), one OBU without its size field (AV1), or one frame (VP8, VP9). */
struct EncodedUnit {
  const uint8_t *data;
  size_t size;
};

/** Parameter sets and at most one slice a thread. */
#define ENCODED_UNITS_MAX 32

/** Valid until the next call of the same encoder. */
struct EncodedFrame {
  struct EncodedUnit units[ENCODED_UNITS_MAX];
  int unit_count;
  size_t size;
  bool key;
};

/**
 * An encoder of one codec. Every implementation answers at once (no lookahead, no frame held back), makes a key frame
 * only when asked, and takes a new rate without one.
 */
struct EncoderOps {
  const char *name; /**< of the implementation */
  const char *codec;
  bool hardware;
  /** @return the encoder, or NULL if it cannot work so. */
  void *(*open)(const struct EncoderConfig *config);
  void (*close)(void *encoder);
  /** False: it failed, and nothing can be sent. A frame without units was left out to keep the rate. */
  bool (*encode)(void *encoder, const struct Picture *picture, bool key, struct EncodedFrame *frame);
  bool (*set_rate)(void *encoder, int bitrate_kbps, int fps);
};

extern const struct EncoderOps encoder_x264;
extern const struct EncoderOps encoder_vp8;
extern const struct EncoderOps encoder_vp9;
extern const struct EncoderOps encoder_av1;

#endif
