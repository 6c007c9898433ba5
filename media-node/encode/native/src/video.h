#ifndef NEARCADE_VIDEO_H
#define NEARCADE_VIDEO_H
#include "capture.h"
#include "command.h"
#include "encoder.h"
#include "frame_clock.h"
#include "packet_ring.h"
#include "repeats.h"
#include "rtp.h"
#include "scaled_picture.h"
#include "stats.h"

/** One video stream: from damage on the screen to packets on the wire. */
struct Video {
  struct Capture *capture; /**< not owned */
  const struct EncoderOps *ops;
  RtpPacketizer *packetize;
  void *encoder;
  struct EncoderConfig config; /**< of the captured picture's size, at full rate */
  struct Picture picture;
  struct ScaledPicture scaled;
  int scale_percent; /**< 100: the captured picture is sent as it is */
  struct FrameClock clock;
  struct RtpStream rtp;
  struct PacketRing ring;
  struct Repeats repeats;
  struct Stats stats;
  int fd;
  int fps, bitrate_kbps;
  uint16_t picture_id;
  int64_t poll_at; /**< 0: only what is damaged is looked at, when it is */
  bool paused;
  bool rescale; /**< the smaller picture is new and empty */
  int64_t answers_until; /**< changes before this moment may be what a press did */
  int pending_changes; /**< macroblocks captured but not yet encoded */
  bool first_frame_sent, first_change_seen;
};

/**
 * @return NULL, or an error code of the protocol with a message. The first key frame goes at the next step.
 */
const char *video_open(struct Video *video, struct Capture *capture, const struct VideoConfig *config, int64_t now,
                       const char **message);
void video_close(struct Video *video);

/** Sends a frame if one is due. False: fatal, the X server or the encoder failed. */
bool video_step(struct Video *video, int64_t now);
/** When to call video_step next, if nothing happens until then. */
int64_t video_due(struct Video *video, int64_t now);

void video_damaged(struct Video *video, int64_t now);
void video_screen_changed(struct Video *video, int64_t now);
void video_pressed(struct Video *video, int64_t now);
void video_ask_key_frame(struct Video *video, int64_t now);
bool video_set_rate(struct Video *video, int bitrate_kbps, int fps);
/**
 * Sends the picture smaller, or larger again, up to 100 percent: with an encoder of its own, which begins with a key frame.
 * False: that cannot be had, and nothing has changed.
 */
bool video_set_scale(struct Video *video, int percent, int64_t now);
/** Share of the bitrate that goes into packets sent twice. */
void video_set_repeats(struct Video *video, int share_percent);
void video_pause(struct Video *video);
void video_resume(struct Video *video, int64_t now);
/** Answers what the receiver sent on the video socket. */
void video_read_feedback(struct Video *video, int64_t now);
void video_send_report(struct Video *video, const char *cname, int64_t now);

#endif
