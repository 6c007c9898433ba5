#include "rtp.h"

#include <string.h>

#include "bytes.h"
#include "check.h"
#include "clock.h"

#define PACKETS_MAX 64
#define HEADER (RTP_HEADER + RTP_PLAYOUT_DELAY_EXTENSION)

static uint8_t packets[PACKETS_MAX][RTP_PACKET_MAX], media[40000];
static size_t sizes[PACKETS_MAX];
static int count;

static void keep(void *context, const uint8_t *packet, size_t size) {
  (void)context;
  CHECK(count < PACKETS_MAX && size <= RTP_PACKET_MAX);
  memcpy(packets[count], packet, size);
  sizes[count++] = size;
}

static struct RtpStream new_stream(void) {
  struct RtpStream stream;
  rtp_stream_open(&stream, 0xaabbccdd, 102, 90000, 0);
  stream.playout_delay_id = 9;
  stream.sequence = 0xffff;
  count = 0;
  return stream;
}

static void check_headers(uint32_t timestamp) {
  for (int i = 0; i < count; i++) {
    const uint8_t *p = packets[i];
    CHECK_EQUAL(p[0], 0x90);
    CHECK_EQUAL(p[1], 102 | (i + 1 == count ? 0x80 : 0));
    CHECK_EQUAL(get16(p + 2), (uint16_t)(0xffff + i));
    CHECK_EQUAL(get32(p + 4), timestamp);
    CHECK_EQUAL(get32(p + 8), 0xaabbccdd);
    CHECK_EQUAL(get32(p + 12), 0xbede0001);
    CHECK_EQUAL(get32(p + 16), 0x92000000);
  }
}

static void h264_sends_small_units_whole_and_large_ones_in_fragments(void) {
  struct RtpStream stream = new_stream();
  media[0] = 0x67;
  media[100] = 0x65;
  struct EncodedFrame frame = {.units = {{media, 20}, {media + 100, 30000}}, .unit_count = 2};
  rtp_packetize_h264(&stream, &frame, 77, 0, keep, NULL);
  check_headers(77);
  CHECK_EQUAL(sizes[0], HEADER + 20);
  CHECK(memcmp(packets[0] + HEADER, media, 20) == 0);

  uint8_t joined[40000];
  size_t length = 1;
  joined[0] = (uint8_t)((packets[1][HEADER] & 0xe0) | (packets[1][HEADER + 1] & 0x1f));
  for (int i = 1; i < count; i++) {
    CHECK_EQUAL(packets[i][HEADER], 0x7c);
    CHECK_EQUAL(packets[i][HEADER + 1], 5 | (i == 1 ? 0x80 : 0) | (i + 1 == count ? 0x40 : 0));
    memcpy(joined + length, packets[i] + HEADER + 2, sizes[i] - HEADER - 2);
    length += sizes[i] - HEADER - 2;
  }
  CHECK_EQUAL(length, 30000);
  CHECK(memcmp(joined, media + 100, length) == 0);
  CHECK_EQUAL(stream.packets, count);
}

/** The sizes around one packet: a fragmented unit never has fewer than two fragments (RFC 6184, 5.8). */
static void h264_never_makes_a_lone_fragment(void) {
  for (size_t size = RTP_PAYLOAD_MAX - 3; size < RTP_PAYLOAD_MAX + 4; size++) {
    struct RtpStream stream = new_stream();
    struct EncodedFrame frame = {.units = {{media, size}}, .unit_count = 1};
    rtp_packetize_h264(&stream, &frame, 0, 0, keep, NULL);
    CHECK_EQUAL(count, size <= RTP_PAYLOAD_MAX ? 1 : 2);
  }
}

static void vp8_marks_the_start_and_counts_pictures(void) {
  struct RtpStream stream = new_stream();
  struct EncodedFrame frame = {.units = {{media, 5000}}, .unit_count = 1};
  rtp_packetize_vp8(&stream, &frame, 99, 0xfffe, keep, NULL);
  check_headers(99);
  CHECK_EQUAL(count, 5);
  size_t at = 0;
  for (int i = 0; i < count; i++) {
    CHECK_EQUAL(packets[i][HEADER], i == 0 ? 0x90 : 0x80);
    CHECK_EQUAL(packets[i][HEADER + 1], 0x80);
    CHECK_EQUAL(get16(packets[i] + HEADER + 2), 0xfffe);
    size_t size = sizes[i] - HEADER - 4;
    CHECK(memcmp(packets[i] + HEADER + 4, media + at, size) == 0);
    at += size;
  }
  CHECK_EQUAL(at, 5000);
}

static void vp9_marks_both_ends_and_what_builds_on_others(void) {
  for (int key = 0; key < 2; key++) {
    struct RtpStream stream = new_stream();
    struct EncodedFrame frame = {.units = {{media, 5000}}, .unit_count = 1, .key = key};
    rtp_packetize_vp9(&stream, &frame, 99, 0xfffe, keep, NULL);
    check_headers(99);
    CHECK_EQUAL(count, 5);
    size_t at = 0;
    for (int i = 0; i < count; i++) {
      CHECK_EQUAL(packets[i][HEADER], 0x80 | (key ? 0 : 0x40) | (i == 0 ? 0x08 : 0) | (i + 1 == count ? 0x04 : 0));
      CHECK_EQUAL(get16(packets[i] + HEADER + 1), 0xfffe);
      size_t size = sizes[i] - HEADER - 3;
      CHECK(memcmp(packets[i] + HEADER + 3, media + at, size) == 0);
      at += size;
    }
    CHECK_EQUAL(at, 5000);
  }
}

/** Bytes of a packet before its payload. */
static size_t header_of(const uint8_t *packet) { return packet[0] & 0x10 ? 16 + 4 * (size_t)get16(packet + 14) : 12; }

static void av1_joins_small_units_and_cuts_large_ones(void) {
  for (size_t large = 1100; large < 6000; large += 7) {
    struct RtpStream stream = new_stream();
    struct EncodedFrame frame = {.units = {{media, 13}, {media + 100, large}}, .unit_count = 2, .key = true};
    rtp_packetize_av1(&stream, &frame, 5, 7, keep, NULL);
    uint8_t joined[8000];
    size_t length = 0;
    for (int i = 0; i < count; i++) {
      const uint8_t *payload = packets[i] + header_of(packets[i]);
      size_t size = sizes[i] - header_of(packets[i]);
      CHECK_EQUAL(packets[i][1], 102 | (i + 1 == count ? 0x80 : 0));
      CHECK_EQUAL(payload[0], i == 0 ? 0x28 | (count > 1 ? 0x40 : 0) : 0x90 | (i + 1 < count ? 0x40 : 0));
      size_t skipped = 1;
      if (i == 0) {
        CHECK_EQUAL(payload[1], 13);
        CHECK(memcmp(payload + 2, media, 13) == 0);
        skipped = 15;
      }
      CHECK(size > skipped);
      memcpy(joined + length, payload + skipped, size - skipped);
      length += size - skipped;
    }
    CHECK_EQUAL(length, large);
    CHECK(memcmp(joined, media + 100, large) == 0);
  }
}

/** The bits of its template structure are those of the specification's syntax, appendix A.8.2 to A.8.4. */
static void av1_describes_what_each_frame_builds_on(void) {
  struct RtpStream stream = new_stream();
  stream.descriptor_id = 10;
  for (int key = 1; key >= 0; key--) {
    count = 0;
    struct EncodedFrame frame = {.units = {{media, 3000}}, .unit_count = 1, .key = key};
    rtp_packetize_av1(&stream, &frame, 5, 0x1234, keep, NULL);
    CHECK_EQUAL(count, 3);
    for (int i = 0; i < count; i++) {
      const uint8_t *element = packets[i] + 20;
      bool whole = key && i == 0;
      CHECK_EQUAL(element[0], 10 << 4 | (whole ? 7 : 2));
      CHECK_EQUAL(element[1], (i == 0 ? 0x80 : 0) | (i == 2 ? 0x40 : 0) | (key ? 0 : 1));
      CHECK_EQUAL(get16(element + 2), 0x1234);
      if (whole) CHECK(memcmp(element + 4, "\x80\x00\x3a\x40\x00", 5) == 0);
    }
  }
}

static void timestamps_follow_the_clock_for_days(void) {
  struct RtpStream stream = new_stream();
  uint64_t ticks = UINT64_C(90000) * 86400 * 30 + 45000;
  uint32_t at = rtp_timestamp(&stream, INT64_C(86400) * 30 * NS_PER_SECOND + NS_PER_SECOND / 2);
  CHECK_EQUAL(at, (uint32_t)(stream.timestamp_base + ticks));
}

static void leaves_the_extension_out_without_an_id(void) {
  struct RtpStream stream = new_stream();
  stream.playout_delay_id = 0;
  uint8_t packet[RTP_PACKET_MAX];
  CHECK_EQUAL(rtp_write_header(&stream, packet, 1, false, 10), RTP_HEADER);
  CHECK_EQUAL(packet[0], 0x80);
}

int main(void) {
  for (size_t i = 0; i < sizeof media; i++) media[i] = (uint8_t)(i * 31 + i / 251);
  h264_sends_small_units_whole_and_large_ones_in_fragments();
  h264_never_makes_a_lone_fragment();
  vp8_marks_the_start_and_counts_pictures();
  vp9_marks_both_ends_and_what_builds_on_others();
  av1_joins_small_units_and_cuts_large_ones();
  av1_describes_what_each_frame_builds_on();
  timestamps_follow_the_clock_for_days();
  leaves_the_extension_out_without_an_id();
}
