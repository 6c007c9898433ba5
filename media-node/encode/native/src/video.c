#include "video.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "clock.h"
#include "encoders.h"
#include "events.h"
#include "rtcp.h"
#include "udp.h"

#define VIDEO_CLOCK_RATE 90000
/** Never while a receiver is flooding us: the picture goes first. */
#define FEEDBACK_PACKETS_A_TURN 64
/** Of the bitrate, unless the parent says otherwise. */
#define REPEATS_PERCENT 10
/** A press shows within this time: what changes the picture meanwhile counts as its answer. */
#define ANSWER_NS (60 * NS_PER_MS)

/** An encoder, and what it needs, for that part of the picture's size in place of the ones that are there. */
static bool open_encoder(struct Video *v, int percent) {
  struct ScaledPicture scaled = {0};
  struct EncoderConfig config = v->config;
  if (percent < 100) {
    if (!scaled_picture_open(&scaled, &v->picture, percent)) return false;
    config.width = scaled.picture.width;
    config.height = scaled.picture.height;
  }
  const struct EncoderOps *ops = v->ops;
  void *encoder = ops->open(&config);
  /* A graphics card has only so many at once. */
  if (!encoder && ops->hardware) {
    ops = encoders_find(ops->codec, "");
    encoder = ops ? ops->open(&config) : NULL;
  }
  if (!encoder || !ops->set_rate(encoder, v->bitrate_kbps, v->fps)) {
    if (encoder) ops->close(encoder);
    scaled_picture_close(&scaled);
    return false;
  }
  if (v->encoder) v->ops->close(v->encoder);
  v->ops = ops;
  scaled_picture_close(&v->scaled);
  v->encoder = encoder;
  v->scaled = scaled;
  v->scale_percent = percent;
  v->rescale = true;
  return true;
}

static const char *open_parts(struct Video *v, const struct VideoConfig *c, const char **message) {
  v->fd = udp_connect(c->target.host, c->target.port);
  if (v->fd < 0) {
    *message = "video.host and video.port cannot be sent to; host must be a numeric address";
    return "bad_target";
  }
  v->config = (struct EncoderConfig){c->width, c->height, c->fps, c->bitrate_kbps, c->threads};
  if (!picture_open(&v->picture, c->width, c->height) || !packet_ring_open(&v->ring, v->fd) ||
      !open_encoder(v, c->scale_percent)) {
    *message = "the encoder cannot be opened";
    return "encoder_failed";
  }
  const char *problem = capture_start(v->capture, c->width, c->height);
  if (!problem) return NULL;
  *message = problem;
  return "capture_failed";
}

const char *video_open(struct Video *v, struct Capture *capture, const struct VideoConfig *c, int64_t now,
                       const char **message) {
  *v = (struct Video){.capture = capture, .ops = encoders_find(c->codec, c->encoder),
                      .packetize = rtp_packetizer(c->codec), .fd = -1, .fps = c->fps,
                      .bitrate_kbps = c->bitrate_kbps};
  if (!v->ops || !v->packetize) {
    *message = "video.codec must be h264, vp8, vp9 or av1, and video.encoder one that has it";
    return "bad_field";
  }
  if (c->width > capture->screen_width || c->height > capture->screen_height) {
    *message = "the picture is larger than the screen";
    return "bad_size";
  }
  const char *code = open_parts(v, c, message);
  if (code) {
    video_close(v);
    return code;
  }
  rtp_stream_open(&v->rtp, c->target.ssrc, c->target.payload_type, VIDEO_CLOCK_RATE, now);
  v->rtp.playout_delay_id = c->playout_delay_id;
  v->rtp.descriptor_id = c->descriptor_id;
  v->picture_id = (uint16_t)v->rtp.timestamp_base;
  frame_clock_start(&v->clock, now, c->fps);
  v->poll_at = c->polling ? now : 0;
  repeats_start(&v->repeats, now, REPEATS_PERCENT);
  stats_open(&v->stats, now);
  return NULL;
}

void video_close(struct Video *v) {
  capture_stop(v->capture);
  packet_ring_close(&v->ring);
  picture_close(&v->picture);
  scaled_picture_close(&v->scaled);
  if (v->encoder) v->ops->close(v->encoder);
  v->encoder = NULL;
  if (v->fd >= 0) close(v->fd);
  v->fd = -1;
}

static bool grab(struct Video *v) {
  struct GrabResult result;
  if (!capture_grab(v->capture, &v->picture, &result)) return false;
  v->pending_changes += result.changed;
  v->stats.grabs++;
  v->stats.grab_ns += result.wait_ns;
  v->stats.convert_ns += result.convert_ns;
  return true;
}

static void packetize(struct Video *v, const struct EncodedFrame *frame, int64_t captured_at, bool answers_press) {
  unsigned written = v->ring.written;
  uint32_t timestamp = rtp_timestamp(&v->rtp, captured_at);
  v->packetize(&v->rtp, frame, timestamp, v->picture_id++, packet_ring_put, &v->ring);
  packet_ring_flush(&v->ring);
  int count = (int)(v->ring.written - written);
  packet_ring_repeat(&v->ring,
                     repeats_take(&v->repeats, captured_at, v->bitrate_kbps, count, frame->size, answers_press));
}

static void announce_firsts(struct Video *v, bool changed) {
  if (!v->first_frame_sent) {
    v->first_frame_sent = true;
    events_send_name("firstFrame");
  } else if (changed && !v->first_change_seen) {
    v->first_change_seen = true;
    events_send_name("firstChange");
  }
}

/** What changed stays to be sent, with the next change or the next refinement. */
static void leave_out(struct Video *v, int64_t now) {
  frame_clock_sent(&v->clock, now, true, false);
  v->stats.dropped++;
}

/** What the encoder is to see. */
static const struct Picture *picture_to_send(struct Video *v, bool changed) {
  if (v->scale_percent == 100) return &v->picture;
  scaled_picture_update(&v->scaled, &v->picture, changed || v->rescale);
  v->rescale = false;
  return &v->scaled.picture;
}

static bool encode_and_send(struct Video *v, int64_t captured_at) {
  bool key = frame_clock_key_due(&v->clock, captured_at), changed = v->pending_changes > 0;
  int64_t damaged_at = v->clock.damaged_at, started = monotonic_ns();
  struct EncodedFrame frame;
  if (!v->ops->encode(v->encoder, picture_to_send(v, changed), key, &frame)) return false;
  v->stats.encode_ns += monotonic_ns() - started;
  v->stats.encoded++;
  if (frame.unit_count == 0) {
    leave_out(v, captured_at);
    return true;
  }
  picture_grow_older(&v->picture);
  v->pending_changes = 0;
  packetize(v, &frame, captured_at, changed && captured_at < v->answers_until);
  frame_clock_sent(&v->clock, captured_at, changed, frame.key);
  v->stats.frames++;
  v->stats.key_frames += frame.key;
  v->stats.changed_frames += changed;
  if (changed && damaged_at) stats_latency(&v->stats, monotonic_ns() - damaged_at);
  announce_firsts(v, changed);
  return true;
}

/** As pipelines do that know of no damage: everything is grabbed, converted and encoded, whatever it is. */
static bool poll_screen(struct Video *v, int64_t now) {
  if (now < v->poll_at) return true;
  int64_t interval = NS_PER_SECOND / v->fps;
  /* Ticks that were missed are not made up for. */
  v->poll_at = v->poll_at + interval > now ? v->poll_at + interval : now + interval;
  capture_mark_all(v->capture);
  if (!grab(v)) return false;
  v->pending_changes = v->picture.columns * v->picture.rows;
  memset(v->picture.age, 0, (size_t)v->pending_changes);
  return encode_and_send(v, now);
}

bool video_step(struct Video *v, int64_t now) {
  if (v->poll_at && !v->paused) return poll_screen(v, now);
  if (v->paused || now < frame_clock_due(&v->clock, now)) return true;
  if (v->clock.damaged_at && !grab(v)) return false;
  if (v->pending_changes > 0 || frame_clock_due_unchanged(&v->clock, now)) return encode_and_send(v, now);
  frame_clock_unchanged(&v->clock);
  v->stats.unchanged++;
  return true;
}

int64_t video_due(struct Video *v, int64_t now) {
  if (v->paused) return INT64_MAX;
  return v->poll_at ? v->poll_at : frame_clock_due(&v->clock, now);
}

void video_damaged(struct Video *v, int64_t now) { frame_clock_damaged(&v->clock, now); }

void video_screen_changed(struct Video *v, int64_t now) {
  capture_mark_all(v->capture);
  frame_clock_damaged(&v->clock, now);
}

void video_pressed(struct Video *v, int64_t now) {
  frame_clock_pressed(&v->clock, now);
  v->answers_until = now + ANSWER_NS;
}

void video_ask_key_frame(struct Video *v, int64_t now) { frame_clock_key_asked(&v->clock, now); }

bool video_set_rate(struct Video *v, int bitrate_kbps, int fps) {
  if (!v->ops->set_rate(v->encoder, bitrate_kbps, fps)) return false;
  v->bitrate_kbps = bitrate_kbps;
  v->fps = fps;
  frame_clock_set_fps(&v->clock, fps);
  return true;
}

bool video_set_scale(struct Video *v, int percent, int64_t now) {
  if (percent == v->scale_percent) return true;
  if (!open_encoder(v, percent)) return false;
  /* Sent now, not with the next change: it comes in place of what the old encoder would have refined. */
  video_ask_key_frame(v, now);
  return true;
}

void video_set_repeats(struct Video *v, int share_percent) {
  v->repeats.share_percent = share_percent;
}

void video_pause(struct Video *v) { v->paused = true; }

void video_resume(struct Video *v, int64_t now) {
  if (!v->paused) return;
  v->paused = false;
  capture_mark_all(v->capture);
  frame_clock_start(&v->clock, now, v->fps);
}

void video_read_feedback(struct Video *v, int64_t now) {
  uint8_t packet[2048];
  for (int i = 0; i < FEEDBACK_PACKETS_A_TURN; i++) {
    ssize_t size = recv(v->fd, packet, sizeof packet, MSG_DONTWAIT);
    if (size < 0 && errno == ECONNREFUSED) continue;
    if (size <= 0) return;
    struct RtcpFeedback feedback;
    rtcp_read_feedback(packet, (size_t)size, v->rtp.ssrc, &feedback);
    if (feedback.key_frame) video_ask_key_frame(v, now);
    for (int n = 0; n < feedback.lost_count; n++) packet_ring_resend(&v->ring, feedback.lost[n]);
  }
}

void video_send_report(struct Video *v, const char *cname, int64_t now) {
  uint8_t packet[RTCP_REPORT_MAX];
  size_t size = rtcp_write_report(packet, &v->rtp, cname, now);
  if (send(v->fd, packet, size, MSG_DONTWAIT) < 0) v->ring.send_errors++;
}
