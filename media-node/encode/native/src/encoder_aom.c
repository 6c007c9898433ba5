#include <aom/aom_encoder.h>
#include <aom/aomcx.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "encoder.h"

/** Timestamps are counted in this many parts of a second. */
#define TIMEBASE 90000
/** As with libvpx: the receiver's buffer in milliseconds, and what is left of it when a frame is left out. */
#define BUFFER_MS 600
#define BUFFER_INITIAL_MS 300
#define BUFFER_OPTIMAL_MS 400
#define DROP_BELOW_PERCENT 25
/** The fastest that libaom 3.6 knows. */
#define SPEED 10
#define AQ_CYCLIC 3
/** A key frame may be three times the average frame. */
#define KEY_FRAME_MAX_PERCENT 300
/** A macroblock is improved over this many frames after it changed, and then passed over. */
#define FRAMES_TO_REFINE 8
#define THREADS_DEFAULT 1
/** How often the costs of symbols are reckoned anew, as libaom counts it: never. */
#define COSTS_NEVER 3

#define OBU_TYPE(header) ((header) >> 3 & 0xf)
#define OBU_TEMPORAL_DELIMITER 2
#define OBU_HAS_EXTENSION 0x04
#define OBU_HAS_SIZE 0x02

struct AomEncoder {
  aom_codec_ctx_t codec;
  aom_codec_enc_cfg_t config;
  bool ready;
  uint8_t *active; /**< for each macroblock, whether it is worth a look */
  uint8_t *bytes;  /**< the frame's OBUs, without size fields */
  size_t capacity;
  int fps;
  int64_t timestamp;
};

static void close_encoder(void *encoder) {
  struct AomEncoder *e = encoder;
  if (e->ready) aom_codec_destroy(&e->codec);
  free(e->active);
  free(e->bytes);
  free(e);
}

static bool configure(aom_codec_enc_cfg_t *c, const struct EncoderConfig *config) {
  if (aom_codec_enc_config_default(aom_codec_av1_cx(), c, AOM_USAGE_REALTIME) != AOM_CODEC_OK) return false;
  c->g_w = (unsigned)config->width;
  c->g_h = (unsigned)config->height;
  c->g_threads = (unsigned)(config->threads ? config->threads : THREADS_DEFAULT);
  c->g_timebase.num = 1;
  c->g_timebase.den = TIMEBASE;
  c->g_lag_in_frames = 0;
  c->g_error_resilient = 0;
  c->kf_mode = AOM_KF_DISABLED;
  c->rc_end_usage = AOM_CBR;
  c->rc_target_bitrate = (unsigned)config->bitrate_kbps;
  c->rc_min_quantizer = 4;
  c->rc_max_quantizer = 63;
  c->rc_buf_sz = BUFFER_MS;
  c->rc_buf_initial_sz = BUFFER_INITIAL_MS;
  c->rc_buf_optimal_sz = BUFFER_OPTIMAL_MS;
  c->rc_undershoot_pct = 50;
  c->rc_overshoot_pct = 50;
  c->rc_dropframe_thresh = DROP_BELOW_PERCENT;
  return true;
}

/** Tools that cost more time than they win at this speed are off, as in real-time calls. */
static bool set_controls(aom_codec_ctx_t *codec, const struct EncoderConfig *config) {
  const struct {
    int control, value;
  } settings[] = {{AOME_SET_CPUUSED, SPEED},
                  {AV1E_SET_AQ_MODE, AQ_CYCLIC},
                  {AOME_SET_MAX_INTRA_BITRATE_PCT, KEY_FRAME_MAX_PERCENT},
                  {AV1E_SET_GF_CBR_BOOST_PCT, 0},
                  {AV1E_SET_TILE_COLUMNS, config->threads > 1},
                  {AV1E_SET_ROW_MT, config->threads > 1},
                  {AV1E_SET_ENABLE_ORDER_HINT, 0},
                  {AV1E_SET_ENABLE_OBMC, 0},
                  {AV1E_SET_ENABLE_WARPED_MOTION, 0},
                  {AV1E_SET_ENABLE_GLOBAL_MOTION, 0},
                  {AV1E_SET_ENABLE_REF_FRAME_MVS, 0},
                  {AV1E_SET_ENABLE_PALETTE, 0},
                  {AV1E_SET_ENABLE_CFL_INTRA, 0},
                  {AV1E_SET_ENABLE_SMOOTH_INTRA, 0},
                  {AV1E_SET_ENABLE_ANGLE_DELTA, 0},
                  {AV1E_SET_ENABLE_FILTER_INTRA, 0},
                  {AV1E_SET_ENABLE_TPL_MODEL, 0},
                  {AV1E_SET_DELTAQ_MODE, 0},
                  {AV1E_SET_INTRA_DEFAULT_TX_ONLY, 1},
                  {AV1E_SET_COEFF_COST_UPD_FREQ, COSTS_NEVER},
                  {AV1E_SET_MODE_COST_UPD_FREQ, COSTS_NEVER},
                  {AV1E_SET_MV_COST_UPD_FREQ, COSTS_NEVER},
                  {AV1E_SET_MATRIX_COEFFICIENTS, AOM_CICP_MC_BT_601}};
  for (size_t i = 0; i < sizeof settings / sizeof *settings; i++)
    if (aom_codec_control(codec, settings[i].control, settings[i].value) != AOM_CODEC_OK) return false;
  return true;
}

static void *open_encoder(const struct EncoderConfig *config) {
  struct AomEncoder *e = calloc(1, sizeof *e);
  if (!e) return NULL;
  int columns = (config->width + MACROBLOCK - 1) / MACROBLOCK, rows = (config->height + MACROBLOCK - 1) / MACROBLOCK;
  e->fps = config->fps;
  e->active = malloc((size_t)columns * (size_t)rows);
  e->ready = e->active && configure(&e->config, config) &&
             aom_codec_enc_init(&e->codec, aom_codec_av1_cx(), &e->config, 0) == AOM_CODEC_OK;
  if (e->ready && set_controls(&e->codec, config)) return e;
  close_encoder(e);
  return NULL;
}

static bool pass_over_old_blocks(struct AomEncoder *e, const struct Picture *picture) {
  for (int i = 0; i < picture->columns * picture->rows; i++) e->active[i] = picture->age[i] < FRAMES_TO_REFINE;
  aom_active_map_t map = {e->active, (unsigned)picture->rows, (unsigned)picture->columns};
  return aom_codec_control(&e->codec, AOME_SET_ACTIVEMAP, &map) == AOM_CODEC_OK;
}

/** @return the value, and in *length how many bytes it took; 0: it does not end. */
static size_t read_leb128(const uint8_t *data, size_t size, size_t *length) {
  size_t value = 0;
  for (size_t i = 0; i < 8 && i < size; i++) {
    value |= (size_t)(data[i] & 0x7f) << (7 * i);
    if (data[i] & 0x80) continue;
    *length = i + 1;
    return value;
  }
  *length = 0;
  return 0;
}

/** RTP carries OBUs without size fields, and no temporal delimiters (AV1 RTP payload format, 5). */
static bool take_units(struct AomEncoder *e, const uint8_t *data, size_t size, struct EncodedFrame *frame) {
  if (size > e->capacity) {
    uint8_t *bytes = realloc(e->bytes, size);
    if (!bytes) return false;
    e->bytes = bytes;
    e->capacity = size;
  }
  uint8_t *to = e->bytes;
  while (size > 0 && frame->unit_count < ENCODED_UNITS_MAX) {
    size_t header = data[0] & OBU_HAS_EXTENSION ? 2 : 1, length = 0;
    if (size < header || !(data[0] & OBU_HAS_SIZE)) return false;
    size_t payload = read_leb128(data + header, size - header, &length);
    if (length == 0 || payload > size - header - length) return false;
    if (OBU_TYPE(data[0]) != OBU_TEMPORAL_DELIMITER) {
      frame->units[frame->unit_count++] = (struct EncodedUnit){to, header + payload};
      frame->size += header + payload;
      memcpy(to, data, header);
      to[0] &= (uint8_t)~OBU_HAS_SIZE;
      memcpy(to + header, data + header + length, payload);
      to += header + payload;
    }
    data += header + length + payload;
    size -= header + length + payload;
  }
  return true;
}

static bool encode(void *encoder, const struct Picture *picture, bool key, struct EncodedFrame *frame) {
  struct AomEncoder *e = encoder;
  aom_image_t image;
  aom_img_wrap(&image, AOM_IMG_FMT_I420, (unsigned)picture->width, (unsigned)picture->height, 1, picture->plane[0]);
  for (int i = 0; i < 3; i++) {
    image.planes[i] = picture->plane[i];
    image.stride[i] = picture->stride[i];
  }
  if (!pass_over_old_blocks(e, picture)) return false;
  unsigned long duration = (unsigned long)(TIMEBASE / e->fps);
  if (aom_codec_encode(&e->codec, &image, e->timestamp, duration, key ? AOM_EFLAG_FORCE_KF : 0) != AOM_CODEC_OK)
    return false;
  e->timestamp += (int64_t)duration;
  *frame = (struct EncodedFrame){0};
  aom_codec_iter_t iterator = NULL;
  const aom_codec_cx_pkt_t *packet;
  while ((packet = aom_codec_get_cx_data(&e->codec, &iterator))) {
    /* Without lookahead there is one packet a frame. */
    if (packet->kind != AOM_CODEC_CX_FRAME_PKT || frame->unit_count > 0) continue;
    if (!take_units(e, packet->data.frame.buf, packet->data.frame.sz, frame)) return false;
    frame->key = (packet->data.frame.flags & AOM_FRAME_IS_KEY) != 0;
  }
  return true;
}

static bool set_rate(void *encoder, int bitrate_kbps, int fps) {
  struct AomEncoder *e = encoder;
  e->fps = fps;
  e->config.rc_target_bitrate = (unsigned)bitrate_kbps;
  return aom_codec_enc_config_set(&e->codec, &e->config) == AOM_CODEC_OK;
}

const struct EncoderOps encoder_av1 = {
    .name = "libaom", .codec = "av1", .open = open_encoder, .close = close_encoder, .encode = encode,
    .set_rate = set_rate};
