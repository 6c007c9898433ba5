#include "rtcp.h"

#include <string.h>
#include <time.h>

#include "bytes.h"
#include "check.h"
#include "clock.h"

#define SSRC 0x11223344u

static struct RtcpFeedback feedback;

/** Appends one feedback packet about `media`. @return the new length. */
static size_t add(uint8_t *packet, size_t at, int type, int format, uint32_t media, const uint8_t *body, size_t size) {
  packet[at] = (uint8_t)(0x80 | format);
  packet[at + 1] = (uint8_t)type;
  put16(packet + at + 2, (uint32_t)((12 + size) / 4 - 1));
  put32(packet + at + 4, 1);
  put32(packet + at + 8, media);
  if (size) memcpy(packet + at + 12, body, size);
  return at + 12 + size;
}

static void reads_picture_loss_and_full_intra_request(void) {
  uint8_t packet[64], fir[8] = {0x11, 0x22, 0x33, 0x44, 7};
  rtcp_read_feedback(packet, add(packet, 0, 206, 1, SSRC, NULL, 0), SSRC, &feedback);
  CHECK(feedback.key_frame);
  rtcp_read_feedback(packet, add(packet, 0, 206, 1, SSRC + 1, NULL, 0), SSRC, &feedback);
  CHECK(!feedback.key_frame);
  rtcp_read_feedback(packet, add(packet, 0, 206, 4, 0, fir, sizeof fir), SSRC, &feedback);
  CHECK(feedback.key_frame);
  fir[3]++;
  rtcp_read_feedback(packet, add(packet, 0, 206, 4, 0, fir, sizeof fir), SSRC, &feedback);
  CHECK(!feedback.key_frame);
}

static void reads_nacks_behind_other_packets(void) {
  uint8_t packet[64], nack[8] = {0xff, 0xff, 0x80, 0x01, 0x00, 0x10, 0x00, 0x00};
  size_t size = add(packet, 0, 201, 1, SSRC, NULL, 0);
  size = add(packet, size, 205, 1, SSRC, nack, sizeof nack);
  rtcp_read_feedback(packet, size, SSRC, &feedback);
  CHECK_EQUAL(feedback.lost_count, 4);
  CHECK_EQUAL(feedback.lost[0], 0xffff);
  CHECK_EQUAL(feedback.lost[1], 0);
  CHECK_EQUAL(feedback.lost[2], 15);
  CHECK_EQUAL(feedback.lost[3], 16);
}

/** Every cut and every corrupted byte of a packet must be survived; the sanitizer build sees a read too far. */
static void survives_malformed_packets(void) {
  uint8_t packet[64], body[8] = {1, 2, 3, 4, 5, 6, 7, 8};
  size_t whole = add(packet, add(packet, 0, 205, 1, SSRC, body, 8), 206, 4, 0, body, 8);
  for (size_t size = 0; size <= whole; size++) {
    uint8_t *cut = malloc(size ? size : 1);
    memcpy(cut, packet, size);
    rtcp_read_feedback(cut, size, SSRC, &feedback);
    for (size_t i = 0; i < size; i++) {
      cut[i] ^= 0xff;
      rtcp_read_feedback(cut, size, SSRC, &feedback);
      cut[i] ^= 0xff;
    }
    free(cut);
  }
}

static void reports_what_was_sent_in_both_clocks(void) {
  struct RtpStream stream = {.ssrc = SSRC, .clock_rate = 90000, .timestamp_base = 5, .packets = 3, .payload_bytes = 9};
  uint8_t packet[RTCP_REPORT_MAX];
  size_t size = rtcp_write_report(packet, &stream, "abc", 2 * NS_PER_SECOND);
  CHECK_EQUAL(size, 28 + 16);
  CHECK_EQUAL(packet[0], 0x80);
  CHECK_EQUAL(packet[1], 200);
  CHECK_EQUAL(get16(packet + 2), 6);
  CHECK_EQUAL(get32(packet + 4), SSRC);
  CHECK(get32(packet + 8) - 2208988800u - (uint32_t)time(NULL) + 2 < 4);
  CHECK_EQUAL(get32(packet + 16), 180005);
  CHECK_EQUAL(get32(packet + 20), 3);
  CHECK_EQUAL(get32(packet + 24), 9);
  CHECK_EQUAL(packet[29], 202);
  CHECK_EQUAL(get16(packet + 30), 3);
  CHECK_EQUAL(packet[36], 1);
  CHECK_EQUAL(packet[37], 3);
  CHECK_EQUAL(packet[40], 'c');
  CHECK_EQUAL(packet[41], 0);
}

int main(void) {
  reads_picture_loss_and_full_intra_request();
  reads_nacks_behind_other_packets();
  survives_malformed_packets();
  reports_what_was_sent_in_both_clocks();
}
