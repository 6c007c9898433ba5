#include "encoder_avcodec.h"

#include <libavcodec/avcodec.h>
#include <libavutil/hwcontext.h>
#include <libavutil/opt.h>
#include <libyuv/convert.h>
#include <libyuv/convert_from.h>
#include <stdlib.h>
#include <string.h>

/** As with x264: the most bits in a row that may pass the average, as time. */
#define BUFFER_MS 50
/** Key frames come when asked for; this many frames are hours. */
#define NEVER 1000000
/** Surfaces of a card: one is encoded, one is its reference, one is being written. */
#define SURFACES 8
/**
 * An encoder of fixed rate is opened anew, which costs a key frame: soon when the link has become too narrow, since what
 * is too much waits in its queue, and late when it has widened.
 */
#define TOO_MUCH 1.08
#define WORTH_MORE 1.5

#define NAL_TYPE_MASK 0x1f
#define NAL_SEI 6
#define NAL_DELIMITER 9
#define NAL_FILLER 12

struct AvcodecEncoder {
  const struct AvcodecKind *kind;
  struct EncoderConfig config;
  AVCodecContext *context;
  AVBufferRef *device, *surfaces; /**< of VA-API */
  AVFrame *frame;                 /**< in memory */
  AVPacket *packet;
  int bitrate_kbps, fps; /**< as told last */
  int opened_kbps;       /**< at the opening's frame rate */
  int64_t count;
};

static int nominal_kbps(const struct AvcodecEncoder *e) { return e->bitrate_kbps * e->config.fps / e->fps; }

static void close_context(struct AvcodecEncoder *e) {
  avcodec_free_context(&e->context);
  av_buffer_unref(&e->surfaces);
}

void avcodec_close_encoder(void *encoder) {
  struct AvcodecEncoder *e = encoder;
  close_context(e);
  av_buffer_unref(&e->device);
  av_frame_free(&e->frame);
  av_packet_free(&e->packet);
  free(e);
}

/** The encoder is told of the opening's frame rate, however many frames come: none gets more than its share of the bitrate. */
static void set_context_rate(struct AvcodecEncoder *e) {
  AVCodecContext *c = e->context;
  c->bit_rate = c->rc_max_rate = (int64_t)nominal_kbps(e) * 1000;
  c->rc_buffer_size = (int)((int64_t)e->bitrate_kbps * BUFFER_MS);
}

static bool make_surfaces(struct AvcodecEncoder *e) {
  if (!e->device && av_hwdevice_ctx_create(&e->device, AV_HWDEVICE_TYPE_VAAPI, NULL, NULL, 0) < 0) return false;
  e->surfaces = av_hwframe_ctx_alloc(e->device);
  if (!e->surfaces) return false;
  AVHWFramesContext *frames = (AVHWFramesContext *)e->surfaces->data;
  frames->format = AV_PIX_FMT_VAAPI;
  frames->sw_format = AV_PIX_FMT_NV12;
  frames->width = e->config.width;
  frames->height = e->config.height;
  frames->initial_pool_size = SURFACES;
  if (av_hwframe_ctx_init(e->surfaces) < 0) return false;
  e->context->hw_frames_ctx = av_buffer_ref(e->surfaces);
  return e->context->hw_frames_ctx != NULL;
}

static bool open_context(struct AvcodecEncoder *e) {
  const AVCodec *codec = avcodec_find_encoder_by_name(e->kind->encoder);
  AVCodecContext *c = e->context = codec ? avcodec_alloc_context3(codec) : NULL;
  if (!c) return false;
  c->width = e->config.width;
  c->height = e->config.height;
  c->pix_fmt = e->kind->vaapi ? AV_PIX_FMT_VAAPI : AV_PIX_FMT_YUV420P;
  c->time_base = (AVRational){1, e->config.fps};
  c->framerate = (AVRational){e->config.fps, 1};
  c->gop_size = NEVER;
  c->max_b_frames = 0;
  c->color_range = AVCOL_RANGE_MPEG;
  c->color_primaries = AVCOL_PRI_SMPTE170M;
  c->color_trc = AVCOL_TRC_SMPTE170M;
  c->colorspace = AVCOL_SPC_SMPTE170M;
  set_context_rate(e);
  for (const char *const *option = e->kind->options; *option; option += 2)
    if (av_opt_set(c->priv_data, option[0], option[1], 0) < 0) return false;
  if (e->kind->vaapi && !make_surfaces(e)) return false;
  e->opened_kbps = nominal_kbps(e);
  e->count = 0;
  return avcodec_open2(c, codec, NULL) == 0;
}

static bool make_frame(struct AvcodecEncoder *e) {
  e->frame = av_frame_alloc();
  e->packet = av_packet_alloc();
  if (!e->frame || !e->packet) return false;
  e->frame->format = e->kind->vaapi ? AV_PIX_FMT_NV12 : AV_PIX_FMT_YUV420P;
  e->frame->width = e->config.width;
  e->frame->height = e->config.height;
  return av_frame_get_buffer(e->frame, 0) == 0;
}

void *avcodec_open(const struct AvcodecKind *kind, const struct EncoderConfig *config) {
  /* That a card is not there is no error; nobody reads what libavcodec has to say of it. */
  av_log_set_level(AV_LOG_QUIET);
  struct AvcodecEncoder *e = calloc(1, sizeof *e);
  if (!e) return NULL;
  *e = (struct AvcodecEncoder){.kind = kind, .config = *config, .bitrate_kbps = config->bitrate_kbps, .fps = config->fps};
  if (make_frame(e) && open_context(e)) return e;
  avcodec_close_encoder(e);
  return NULL;
}

static bool take_picture(struct AvcodecEncoder *e, const struct Picture *p) {
  AVFrame *f = e->frame;
  if (av_frame_make_writable(f) < 0) return false;
  if (f->format == AV_PIX_FMT_NV12)
    return I420ToNV12(p->plane[0], p->stride[0], p->plane[1], p->stride[1], p->plane[2], p->stride[2], f->data[0],
                      f->linesize[0], f->data[1], f->linesize[1], p->width, p->height) == 0;
  return I420Copy(p->plane[0], p->stride[0], p->plane[1], p->stride[1], p->plane[2], p->stride[2], f->data[0],
                  f->linesize[0], f->data[1], f->linesize[1], f->data[2], f->linesize[2], p->width, p->height) == 0;
}

static int send_frame(struct AvcodecEncoder *e, AVFrame *frame, bool key) {
  frame->pts = e->count++;
  frame->pict_type = key ? AV_PICTURE_TYPE_I : AV_PICTURE_TYPE_NONE;
  return avcodec_send_frame(e->context, frame);
}

static bool send_picture(struct AvcodecEncoder *e, bool key) {
  if (!e->kind->vaapi) return send_frame(e, e->frame, key) == 0;
  AVFrame *surface = av_frame_alloc();
  bool sent = surface && av_hwframe_get_buffer(e->surfaces, surface, 0) == 0 &&
              av_hwframe_transfer_data(surface, e->frame, 0) == 0 && send_frame(e, surface, key) == 0;
  av_frame_free(&surface);
  return sent;
}

/** @return where the next start code (00 00 01) is, or the end. */
static const uint8_t *find_start(const uint8_t *at, const uint8_t *end) {
  for (; end - at >= 3; at++)
    if (at[0] == 0 && at[1] == 0 && at[2] == 1) return at;
  return end;
}

/** Annex B taken apart; what says nothing to a player is left out. */
static void take_units(const AVPacket *packet, struct EncodedFrame *frame) {
  const uint8_t *end = packet->data + packet->size, *at = find_start(packet->data, end);
  while (end - at > 3 && frame->unit_count < ENCODED_UNITS_MAX) {
    const uint8_t *unit = at + 3, *next = find_start(unit, end), *last = next;
    /* The zeros before it are the next start code's. */
    while (last > unit && last[-1] == 0) last--;
    int type = unit[0] & NAL_TYPE_MASK;
    if (last > unit && type != NAL_SEI && type != NAL_DELIMITER && type != NAL_FILLER) {
      frame->units[frame->unit_count++] = (struct EncodedUnit){unit, (size_t)(last - unit)};
      frame->size += (size_t)(last - unit);
    }
    at = next;
  }
}

bool avcodec_encode(void *encoder, const struct Picture *picture, bool key, struct EncodedFrame *frame) {
  struct AvcodecEncoder *e = encoder;
  *frame = (struct EncodedFrame){0};
  av_packet_unref(e->packet);
  if (!take_picture(e, picture) || !send_picture(e, key)) return false;
  int result = avcodec_receive_packet(e->context, e->packet);
  if (result == AVERROR(EAGAIN)) return true;
  if (result < 0) return false;
  frame->key = (e->packet->flags & AV_PKT_FLAG_KEY) != 0;
  take_units(e->packet, frame);
  return true;
}

bool avcodec_set_rate(void *encoder, int bitrate_kbps, int fps) {
  struct AvcodecEncoder *e = encoder;
  e->bitrate_kbps = bitrate_kbps;
  e->fps = fps;
  if (!e->kind->fixed_rate) {
    /* NVENC looks at each frame whether it was changed. */
    set_context_rate(e);
    return true;
  }
  int kbps = nominal_kbps(e);
  if (e->opened_kbps < kbps * TOO_MUCH && kbps < e->opened_kbps * WORTH_MORE) return true;
  close_context(e);
  return open_context(e);
}
