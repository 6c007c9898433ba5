#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>
#include <x264.h>

#include "encoder.h"

/**
 * The most bits in a row that may pass the average, as time: what a frame after stillness adds to its own way over a
 * link of the bitrate. Three frames at 60 fps.
 */
#define BUFFER_MS 50
/** Below about a frame and a half, x264 has no room to vary at all. */
#define BUFFER_FRAMES 1.5
/** Two slices shorten a frame's time; more would take the cores of the game. */
#define THREADS_MAX 2
/** Finer than this nobody sees; refinements of a still picture stop there. */
#define FINEST_QUANTIZER 14
#define NAL_TYPE_MASK 0x1f

struct X264Encoder {
  x264_t *x264;
  x264_param_t param;
  int opened_fps;
  uint8_t *block_info; /**< for each macroblock, X264_MBINFO_CONSTANT if it is as in the last frame */
  int64_t frame_count;
};

/**
 * x264 is told of opened_fps frames a second, however many come: so a frame never gets more than its share of the
 * bitrate in bits, also after stillness. A lower frame rate gives each frame more by a higher nominal bitrate.
 */
static void set_rate(struct X264Encoder *e, int bitrate_kbps, int fps) {
  double buffer_ms = 1000.0 * BUFFER_FRAMES / fps;
  if (buffer_ms < BUFFER_MS) buffer_ms = BUFFER_MS;
  int nominal = bitrate_kbps * e->opened_fps / fps;
  e->param.rc.i_bitrate = nominal;
  e->param.rc.i_vbv_max_bitrate = nominal;
  e->param.rc.i_vbv_buffer_size = (int)(bitrate_kbps * buffer_ms / 1000.0);
}

static int default_threads(void) {
  long cores = sysconf(_SC_NPROCESSORS_ONLN);
  return cores < 1 ? 1 : cores < THREADS_MAX ? (int)cores : THREADS_MAX;
}

static void describe_colours(x264_param_t *p) {
  /* libyuv's I420 is BT.601, limited range; without a word some players take HD for BT.709. */
  p->vui.b_fullrange = 0;
  p->vui.i_colorprim = 6;
  p->vui.i_transfer = 6;
  p->vui.i_colmatrix = 6;
}

static void x264_encoder_free(void *encoder) {
  struct X264Encoder *e = encoder;
  if (e->x264) x264_encoder_close(e->x264);
  free(e->block_info);
  free(e);
}

static void *open_encoder(const struct EncoderConfig *config) {
  struct X264Encoder *e = calloc(1, sizeof *e);
  if (!e) return NULL;
  x264_param_t *p = &e->param;
  if (x264_param_default_preset(p, "ultrafast", "zerolatency") < 0) {
    free(e);
    return NULL;
  }
  e->opened_fps = config->fps;
  p->i_width = config->width;
  p->i_height = config->height;
  p->i_csp = X264_CSP_I420;
  p->i_fps_num = (uint32_t)config->fps;
  p->i_fps_den = 1;
  p->b_vfr_input = 0;
  p->i_threads = config->threads ? config->threads : default_threads();
  p->b_sliced_threads = p->i_threads > 1;
  p->i_keyint_max = X264_KEYINT_MAX_INFINITE;
  p->b_repeat_headers = 1;
  p->b_annexb = 1;
  p->i_log_level = X264_LOG_ERROR;
  p->analyse.b_mb_info = 1;
  p->rc.i_rc_method = X264_RC_ABR;
  p->rc.i_qp_min = FINEST_QUANTIZER;
  set_rate(e, config->bitrate_kbps, config->fps);
  describe_colours(p);
  int columns = (config->width + MACROBLOCK - 1) / MACROBLOCK, rows = (config->height + MACROBLOCK - 1) / MACROBLOCK;
  e->block_info = calloc((size_t)columns * (size_t)rows, 1);
  if (e->block_info && x264_param_apply_profile(p, "baseline") == 0) e->x264 = x264_encoder_open(p);
  if (e->x264) return e;
  x264_encoder_free(e);
  return NULL;
}

/** Start codes are three or four bytes; comments about the encoder (SEI) are of no use to a player. */
static void take_nal(const x264_nal_t *nal, struct EncodedFrame *frame) {
  const uint8_t *data = nal->p_payload;
  size_t start_code = data[2] == 1 ? 3 : 4, size = (size_t)nal->i_payload - start_code;
  data += start_code;
  if ((data[0] & NAL_TYPE_MASK) == NAL_SEI || frame->unit_count == ENCODED_UNITS_MAX) return;
  frame->units[frame->unit_count++] = (struct EncodedUnit){data, size};
  frame->size += size;
}

static bool encode(void *encoder, const struct Picture *picture, bool key, struct EncodedFrame *frame) {
  struct X264Encoder *e = encoder;
  /* A constant macroblock is passed over, unless the last frame left it coarser than this one would. */
  for (int i = 0; i < picture->columns * picture->rows; i++)
    e->block_info[i] = picture->age[i] ? X264_MBINFO_CONSTANT : 0;
  x264_picture_t input, output;
  x264_picture_init(&input);
  input.img.i_csp = X264_CSP_I420;
  input.img.i_plane = 3;
  for (int i = 0; i < 3; i++) {
    input.img.plane[i] = picture->plane[i];
    input.img.i_stride[i] = picture->stride[i];
  }
  input.i_pts = e->frame_count++;
  input.i_type = key ? X264_TYPE_IDR : X264_TYPE_AUTO;
  input.prop.mb_info = e->block_info;

  x264_nal_t *nals;
  int count;
  if (x264_encoder_encode(e->x264, &nals, &count, &input, &output) < 0) return false;
  frame->unit_count = 0;
  frame->size = 0;
  frame->key = count > 0 && output.b_keyframe;
  for (int i = 0; i < count; i++) take_nal(&nals[i], frame);
  return true;
}

static bool change_rate(void *encoder, int bitrate_kbps, int fps) {
  struct X264Encoder *e = encoder;
  set_rate(e, bitrate_kbps, fps);
  return x264_encoder_reconfig(e->x264, &e->param) == 0;
}

const struct EncoderOps encoder_x264 = {
    .name = "x264", .codec = "h264", .open = open_encoder, .close = x264_encoder_free, .encode = encode,
    .set_rate = change_rate};
