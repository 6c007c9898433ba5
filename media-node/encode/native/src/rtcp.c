#include "rtcp.h"

#include <string.h>

#include "bytes.h"
#include "clock.h"

enum { SENDER_REPORT = 200, SOURCE_DESCRIPTION = 202, TRANSPORT_FEEDBACK = 205, PAYLOAD_FEEDBACK = 206 };
enum { GENERIC_NACK = 1, PICTURE_LOSS = 1, FULL_INTRA_REQUEST = 4 };
#define VERSION_2 0x80
#define SENDER_REPORT_SIZE 28
#define CNAME_ITEM 1
/** Header, sender and media source. */
#define FEEDBACK_HEADER 12
#define FIR_ENTRY 8
#define NACK_ENTRY 4
/** NTP counts from 1900. */
#define NTP_OFFSET_SECONDS 2208988800u

static size_t write_sender_report(uint8_t *p, const struct RtpStream *stream, int64_t now) {
  struct timespec wall;
  clock_gettime(CLOCK_REALTIME, &wall);
  p[0] = VERSION_2;
  p[1] = SENDER_REPORT;
  put16(p + 2, SENDER_REPORT_SIZE / 4 - 1);
  put32(p + 4, stream->ssrc);
  put32(p + 8, (uint32_t)wall.tv_sec + NTP_OFFSET_SECONDS);
  put32(p + 12, (uint32_t)(((uint64_t)wall.tv_nsec << 32) / NS_PER_SECOND));
  put32(p + 16, rtp_timestamp(stream, now));
  put32(p + 20, stream->packets);
  put32(p + 24, stream->payload_bytes);
  return SENDER_REPORT_SIZE;
}

static size_t write_source_description(uint8_t *p, uint32_t ssrc, const char *cname) {
  size_t length = strlen(cname);
  /* The item list ends with a zero byte, and all is filled up to a word. */
  size_t size = (8 + 2 + length + 1 + 3) / 4 * 4;
  memset(p, 0, size);
  p[0] = VERSION_2 | 1;
  p[1] = SOURCE_DESCRIPTION;
  put16(p + 2, (uint32_t)(size / 4 - 1));
  put32(p + 4, ssrc);
  p[8] = CNAME_ITEM;
  p[9] = (uint8_t)length;
  memcpy(p + 10, cname, length);
  return size;
}

size_t rtcp_write_report(uint8_t *packet, const struct RtpStream *stream, const char *cname, int64_t now) {
  size_t size = write_sender_report(packet, stream, now);
  return size + write_source_description(packet + size, stream->ssrc, cname);
}

static void add_lost(struct RtcpFeedback *feedback, uint16_t sequence) {
  if (feedback->lost_count < RTCP_LOST_MAX) feedback->lost[feedback->lost_count++] = sequence;
}

static void read_nack(const uint8_t *entries, size_t size, struct RtcpFeedback *feedback) {
  for (size_t at = 0; at + NACK_ENTRY <= size; at += NACK_ENTRY) {
    uint16_t first = get16(entries + at), following = get16(entries + at + 2);
    add_lost(feedback, first);
    for (int bit = 0; bit < 16; bit++)
      if (following >> bit & 1) add_lost(feedback, (uint16_t)(first + bit + 1));
  }
}

static void read_one(const uint8_t *p, size_t size, uint32_t ssrc, struct RtcpFeedback *feedback) {
  if (size < FEEDBACK_HEADER) return;
  int format = p[0] & 0x1f;
  bool ours = get32(p + 8) == ssrc;
  if (p[1] == TRANSPORT_FEEDBACK && format == GENERIC_NACK && ours)
    read_nack(p + FEEDBACK_HEADER, size - FEEDBACK_HEADER, feedback);
  if (p[1] != PAYLOAD_FEEDBACK) return;
  if (format == PICTURE_LOSS && ours) feedback->key_frame = true;
  /* A FIR names its streams in its entries, not in the header. */
  if (format == FULL_INTRA_REQUEST)
    for (size_t at = FEEDBACK_HEADER; at + FIR_ENTRY <= size; at += FIR_ENTRY)
      if (get32(p + at) == ssrc) feedback->key_frame = true;
}

void rtcp_read_feedback(const uint8_t *packet, size_t size, uint32_t ssrc, struct RtcpFeedback *feedback) {
  feedback->key_frame = false;
  feedback->lost_count = 0;
  for (size_t at = 0; at + 4 <= size;) {
    size_t length = ((size_t)get16(packet + at + 2) + 1) * 4;
    if ((packet[at] & 0xc0) != VERSION_2 || at + length > size) return;
    read_one(packet + at, length, ssrc, feedback);
    at += length;
  }
}
