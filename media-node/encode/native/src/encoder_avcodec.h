#ifndef NEARCADE_ENCODER_AVCODEC_H
#define NEARCADE_ENCODER_AVCODEC_H
#include "encoder.h"

/** One of libavcodec's H.264 encoders. */
struct AvcodecKind {
  const char *encoder;        /**< libavcodec's name */
  const char *const *options; /**< its own, name and value in turn, up to NULL */
  bool vaapi;                 /**< takes pictures that lie on the graphics card */
  bool fixed_rate;            /**< its rate is that of its opening */
};

/** As EncoderOps has them. NULL: libavcodec has no such encoder, or the machine has not what it needs. */
void *avcodec_open(const struct AvcodecKind *kind, const struct EncoderConfig *config);
void avcodec_close_encoder(void *encoder);
bool avcodec_encode(void *encoder, const struct Picture *picture, bool key, struct EncodedFrame *frame);
bool avcodec_set_rate(void *encoder, int bitrate_kbps, int fps);

#endif
