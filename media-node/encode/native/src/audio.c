#include "audio.h"

#include <opus.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "audio_capture.h"
#include "clock.h"
#include "rtcp.h"
#include "rtp.h"
#include "udp.h"

#define FRAME_NS (10 * NS_PER_MS)
/** Of 10: higher ones cost twice the time for a difference that nobody hears at our bitrates. */
#define COMPLEXITY 5
/** How much loss the encoder prepares for. */
#define EXPECTED_LOSS_PERCENT 5
/** Samples that come later than this were held up or lost: the timestamp follows the clock again. */
#define GAP_TICKS (AUDIO_RATE / 10)

struct Audio {
  struct AudioCapture *capture;
  OpusEncoder *opus;
  int fd;
  bool owns_fd;
  char cname[48];
  /* From here to the counters: the capture's thread alone. */
  struct RtpStream rtp;
  uint32_t timestamp; /**< of the next frame */
  bool talking;       /**< the next packet follows the last without a gap */
  int64_t reported_at;
  atomic_uint packets, bytes, peak, send_errors;
};

static void note_peak(struct Audio *a, const int16_t *samples) {
  unsigned peak = atomic_load(&a->peak);
  for (int i = 0; i < AUDIO_FRAME_SAMPLES * AUDIO_CHANNELS; i++) {
    unsigned level = (unsigned)abs(samples[i]);
    if (level > peak) peak = level;
  }
  atomic_store(&a->peak, peak);
}

static void send_packet(struct Audio *a, const uint8_t *packet, size_t size) {
  if (send(a->fd, packet, size, MSG_DONTWAIT) < 0) atomic_fetch_add(&a->send_errors, 1);
}

/** Timestamps count samples; after a gap they follow the clock. @return whether this frame begins anew. */
static bool follow_clock(struct Audio *a, int64_t captured_at) {
  uint32_t expected = rtp_timestamp(&a->rtp, captured_at);
  bool gap = !a->talking || abs((int32_t)(expected - a->timestamp)) > GAP_TICKS;
  if (gap) a->timestamp = expected;
  a->talking = true;
  /* So that sender reports tie this very timestamp to the clock, whatever the drift between sound card and clock. */
  a->rtp.timestamp_base = a->timestamp;
  a->rtp.timestamp_origin_ns = captured_at;
  return gap;
}

static void on_frame(void *context, const int16_t *samples) {
  struct Audio *a = context;
  int64_t now = monotonic_ns(), captured_at = now - FRAME_NS;
  note_peak(a, samples);
  uint8_t payload[RTP_PAYLOAD_MAX];
  int size = opus_encode(a->opus, samples, AUDIO_FRAME_SAMPLES, payload, sizeof payload);
  bool first = follow_clock(a, captured_at);
  if (size > 0) {
    uint8_t packet[RTP_PACKET_MAX];
    size_t header = rtp_write_header(&a->rtp, packet, a->timestamp, first, (size_t)size);
    memcpy(packet + header, payload, (size_t)size);
    send_packet(a, packet, header + (size_t)size);
    atomic_fetch_add(&a->packets, 1);
    atomic_fetch_add(&a->bytes, (unsigned)size);
  }
  if (now - a->reported_at >= NS_PER_SECOND) {
    uint8_t report[RTCP_REPORT_MAX];
    a->reported_at = now;
    send_packet(a, report, rtcp_write_report(report, &a->rtp, a->cname, now));
  }
  a->timestamp += AUDIO_FRAME_SAMPLES;
}

static OpusEncoder *open_opus(int bitrate_kbps) {
  int error;
  OpusEncoder *opus =
      opus_encoder_create(AUDIO_RATE, AUDIO_CHANNELS, OPUS_APPLICATION_RESTRICTED_LOWDELAY, &error);
  if (!opus) return NULL;
  opus_encoder_ctl(opus, OPUS_SET_BITRATE(bitrate_kbps * 1000));
  opus_encoder_ctl(opus, OPUS_SET_COMPLEXITY(COMPLEXITY));
  opus_encoder_ctl(opus, OPUS_SET_INBAND_FEC(1));
  opus_encoder_ctl(opus, OPUS_SET_PACKET_LOSS_PERC(EXPECTED_LOSS_PERCENT));
  /* Silence is three bytes a frame anyway; an unbroken stream keeps the receiver's jitter buffer short. */
  opus_encoder_ctl(opus, OPUS_SET_DTX(0));
  return opus;
}

/** A socket of our own is never read: what comes is dropped in the kernel, after next to nothing. */
static int open_socket(const struct RtpTarget *target) {
  int fd = udp_connect(target->host, target->port), least = 0;
  if (fd >= 0) setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &least, sizeof least);
  return fd;
}

struct Audio *audio_open(const struct AudioConfig *config, int shared_fd, const char *cname, const char **code,
                         const char **message) {
  struct Audio *a = calloc(1, sizeof *a);
  *code = "audio_failed";
  *message = "the sound encoder cannot be opened";
  if (!a) return NULL;
  a->owns_fd = shared_fd < 0;
  a->fd = a->owns_fd ? open_socket(&config->target) : shared_fd;
  a->opus = open_opus(config->bitrate_kbps);
  snprintf(a->cname, sizeof a->cname, "%s", cname);
  a->reported_at = monotonic_ns();
  rtp_stream_open(&a->rtp, config->target.ssrc, config->target.payload_type, AUDIO_RATE, a->reported_at);
  if (a->fd < 0) {
    *code = "bad_target";
    *message = "audio.host and audio.port cannot be sent to; host must be a numeric address";
  } else if (a->opus) {
    a->capture = audio_capture_open(config->source, on_frame, a);
  }
  if (a->capture) return a;
  audio_close(a);
  return NULL;
}

void audio_pause(struct Audio *audio, bool paused) { audio_capture_pause(audio->capture, paused); }

struct json_object *audio_report(struct Audio *audio) {
  struct json_object *report = json_object_new_object();
  json_object_object_add(report, "packets", json_object_new_int64(atomic_exchange(&audio->packets, 0)));
  json_object_object_add(report, "bytes", json_object_new_int64(atomic_exchange(&audio->bytes, 0)));
  double peak = atomic_exchange(&audio->peak, 0) / 32768.0;
  json_object_object_add(report, "peak", json_object_new_double(peak));
  json_object_object_add(report, "sendErrors", json_object_new_int64(atomic_exchange(&audio->send_errors, 0)));
  return report;
}

void audio_close(struct Audio *audio) {
  if (!audio) return;
  audio_capture_close(audio->capture);
  if (audio->opus) opus_encoder_destroy(audio->opus);
  if (audio->owns_fd && audio->fd >= 0) close(audio->fd);
  free(audio);
}
