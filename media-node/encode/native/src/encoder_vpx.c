#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <vpx/vp8cx.h>
#include <vpx/vpx_encoder.h>

#include "encoder.h"

/** Timestamps are counted in this many parts of a second. */
#define TIMEBASE 90000
/** The encoder's idea of the receiver's buffer, in milliseconds: the default of seconds makes it slow to obey. */
#define BUFFER_MS 600
#define BUFFER_INITIAL_MS 300
#define BUFFER_OPTIMAL_MS 400
/**
 * With less than this left in that buffer a frame is left out: in hard scenes the coarsest frame is still too large for
 * a low rate, and packets that wait on the link would delay all that follow.
 */
#define DROP_BELOW_PERCENT 25
/** Speed over size: VP8's -12 fits 720p60 on one core; -16 saves little more and looks worse. VP9 knows nothing faster than 9. */
#define SPEED_VP8 (-12)
#define SPEED_VP9 9
/** Differences below this are taken for noise. */
#define STATIC_THRESHOLD 100
/** A key frame may be three times the average frame. */
#define KEY_FRAME_MAX_PERCENT 300
/** A macroblock is improved over this many frames after it changed, and then passed over. */
#define FRAMES_TO_REFINE 8

/** libvpx's threads wait for each other by spinning: on a machine with other work two are slower than one. */
#define THREADS_DEFAULT 1

/** Cyclic refresh: VP9 sharpens a part of the picture with each frame, within the bitrate. */
#define VP9_AQ_CYCLIC 3

struct VpxEncoder {
  vpx_codec_ctx_t codec;
  vpx_codec_enc_cfg_t config;
  bool ready;
  uint8_t *active; /**< for each macroblock, whether it is worth a look */
  int fps;
  int64_t timestamp;
};

static void close_encoder(void *encoder) {
  struct VpxEncoder *e = encoder;
  if (e->ready) vpx_codec_destroy(&e->codec);
  free(e->active);
  free(e);
}

static bool configure(vpx_codec_enc_cfg_t *c, vpx_codec_iface_t *codec, const struct EncoderConfig *config) {
  if (vpx_codec_enc_config_default(codec, c, 0) != VPX_CODEC_OK) return false;
  c->g_w = (unsigned)config->width;
  c->g_h = (unsigned)config->height;
  c->g_threads = (unsigned)(config->threads ? config->threads : THREADS_DEFAULT);
  c->g_timebase.num = 1;
  c->g_timebase.den = TIMEBASE;
  c->g_lag_in_frames = 0;
  c->kf_mode = VPX_KF_DISABLED;
  c->rc_end_usage = VPX_CBR;
  c->rc_target_bitrate = (unsigned)config->bitrate_kbps;
  c->rc_min_quantizer = 4;
  c->rc_max_quantizer = 63;
  c->rc_buf_sz = BUFFER_MS;
  c->rc_buf_initial_sz = BUFFER_INITIAL_MS;
  c->rc_buf_optimal_sz = BUFFER_OPTIMAL_MS;
  c->rc_undershoot_pct = 95;
  c->rc_overshoot_pct = 50;
  c->rc_resize_allowed = 0;
  c->rc_dropframe_thresh = DROP_BELOW_PERCENT;
  return true;
}

static bool set_controls_vp8(vpx_codec_ctx_t *codec, const struct EncoderConfig *config) {
  return vpx_codec_control(codec, VP8E_SET_CPUUSED, SPEED_VP8) == VPX_CODEC_OK &&
         vpx_codec_control(codec, VP8E_SET_TOKEN_PARTITIONS, config->threads > 1) == VPX_CODEC_OK;
}

static bool set_controls_vp9(vpx_codec_ctx_t *codec, const struct EncoderConfig *config) {
  return vpx_codec_control(codec, VP8E_SET_CPUUSED, SPEED_VP9) == VPX_CODEC_OK &&
         vpx_codec_control(codec, VP9E_SET_AQ_MODE, VP9_AQ_CYCLIC) == VPX_CODEC_OK &&
         vpx_codec_control(codec, VP9E_SET_ROW_MT, 1) == VPX_CODEC_OK &&
         vpx_codec_control(codec, VP9E_SET_TILE_COLUMNS, config->threads > 1) == VPX_CODEC_OK &&
         vpx_codec_control(codec, VP9E_SET_COLOR_SPACE, VPX_CS_BT_601) == VPX_CODEC_OK &&
         /* A golden frame would be larger than its share. */
         vpx_codec_control(codec, VP9E_SET_GF_CBR_BOOST_PCT, 0) == VPX_CODEC_OK;
}

static void *open_encoder(vpx_codec_iface_t *codec, const struct EncoderConfig *config,
                          bool (*set_controls)(vpx_codec_ctx_t *, const struct EncoderConfig *)) {
  struct VpxEncoder *e = calloc(1, sizeof *e);
  if (!e) return NULL;
  int columns = (config->width + MACROBLOCK - 1) / MACROBLOCK, rows = (config->height + MACROBLOCK - 1) / MACROBLOCK;
  e->fps = config->fps;
  e->active = malloc((size_t)columns * (size_t)rows);
  e->ready = e->active && configure(&e->config, codec, config) &&
             vpx_codec_enc_init(&e->codec, codec, &e->config, 0) == VPX_CODEC_OK;
  if (e->ready && set_controls(&e->codec, config) &&
      vpx_codec_control(&e->codec, VP8E_SET_STATIC_THRESHOLD, STATIC_THRESHOLD) == VPX_CODEC_OK &&
      vpx_codec_control(&e->codec, VP8E_SET_MAX_INTRA_BITRATE_PCT, KEY_FRAME_MAX_PERCENT) == VPX_CODEC_OK)
    return e;
  close_encoder(e);
  return NULL;
}

static void *open_vp8(const struct EncoderConfig *config) {
  return open_encoder(vpx_codec_vp8_cx(), config, set_controls_vp8);
}

static void *open_vp9(const struct EncoderConfig *config) {
  return open_encoder(vpx_codec_vp9_cx(), config, set_controls_vp9);
}

/** libvpx takes the caller's planes as they are. */
static void wrap(const struct Picture *picture, vpx_image_t *image) {
  vpx_img_wrap(image, VPX_IMG_FMT_I420, (unsigned)picture->width, (unsigned)picture->height, 1, picture->plane[0]);
  for (int i = 0; i < 3; i++) {
    image->planes[i] = picture->plane[i];
    image->stride[i] = picture->stride[i];
  }
}

static bool pass_over_old_blocks(struct VpxEncoder *e, const struct Picture *picture) {
  for (int i = 0; i < picture->columns * picture->rows; i++) e->active[i] = picture->age[i] < FRAMES_TO_REFINE;
  vpx_active_map_t map = {e->active, (unsigned)picture->rows, (unsigned)picture->columns};
  return vpx_codec_control(&e->codec, VP8E_SET_ACTIVEMAP, &map) == VPX_CODEC_OK;
}

static bool encode(void *encoder, const struct Picture *picture, bool key, struct EncodedFrame *frame) {
  struct VpxEncoder *e = encoder;
  vpx_image_t image;
  wrap(picture, &image);
  if (!pass_over_old_blocks(e, picture)) return false;
  unsigned long duration = (unsigned long)(TIMEBASE / e->fps);
  /* As with x264: each frame counts for one interval, so that none after stillness gets more than its share. */
  if (vpx_codec_encode(&e->codec, &image, e->timestamp, duration, key ? VPX_EFLAG_FORCE_KF : 0, VPX_DL_REALTIME) !=
      VPX_CODEC_OK)
    return false;
  e->timestamp += (int64_t)duration;
  frame->unit_count = 0;
  frame->size = 0;
  frame->key = false;
  vpx_codec_iter_t iterator = NULL;
  const vpx_codec_cx_pkt_t *packet;
  while ((packet = vpx_codec_get_cx_data(&e->codec, &iterator))) {
    if (packet->kind != VPX_CODEC_CX_FRAME_PKT || frame->unit_count == ENCODED_UNITS_MAX) continue;
    frame->units[frame->unit_count++] = (struct EncodedUnit){packet->data.frame.buf, packet->data.frame.sz};
    frame->size += packet->data.frame.sz;
    frame->key |= (packet->data.frame.flags & VPX_FRAME_IS_KEY) != 0;
  }
  return true;
}

static bool set_rate(void *encoder, int bitrate_kbps, int fps) {
  struct VpxEncoder *e = encoder;
  e->fps = fps;
  e->config.rc_target_bitrate = (unsigned)bitrate_kbps;
  return vpx_codec_enc_config_set(&e->codec, &e->config) == VPX_CODEC_OK;
}

const struct EncoderOps encoder_vp8 = {
    .name = "libvpx", .codec = "vp8", .open = open_vp8, .close = close_encoder, .encode = encode, .set_rate = set_rate};

const struct EncoderOps encoder_vp9 = {
    .name = "libvpx", .codec = "vp9", .open = open_vp9, .close = close_encoder, .encode = encode, .set_rate = set_rate};
