#include "rtp.h"

#include <string.h>
#include <sys/random.h>

#include "bytes.h"
#include "clock.h"

#define VERSION_2 0x80
#define HAS_EXTENSION 0x10
#define MARKER 0x80
#define ONE_BYTE_HEADER_PROFILE 0xBEDE

void rtp_stream_open(struct RtpStream *stream, uint32_t ssrc, uint8_t payload_type, uint32_t clock_rate, int64_t now) {
  uint8_t random[6] = {0};
  if (getrandom(random, sizeof random, 0) != sizeof random) put32(random, (uint32_t)now);
  *stream = (struct RtpStream){.ssrc = ssrc,
                               .payload_type = payload_type,
                               .clock_rate = clock_rate,
                               .sequence = get16(random + 4),
                               .timestamp_base = get32(random),
                               .timestamp_origin_ns = now};
}

uint32_t rtp_timestamp(const struct RtpStream *stream, int64_t at_ns) {
  int64_t elapsed = at_ns - stream->timestamp_origin_ns;
  /* Split, or the product overflows after a day. */
  int64_t seconds = elapsed / NS_PER_SECOND, rest = elapsed % NS_PER_SECOND;
  int64_t ticks = seconds * stream->clock_rate + rest * stream->clock_rate / NS_PER_SECOND;
  return stream->timestamp_base + (uint32_t)ticks;
}

/** One element of the one-byte form. @return what it takes. */
static size_t write_element(uint8_t *to, uint8_t id, const uint8_t *data, size_t size) {
  to[0] = (uint8_t)(id << 4 | (size - 1));
  memcpy(to + 1, data, size);
  return 1 + size;
}

static size_t write_extensions(const struct RtpStream *stream, uint8_t *block) {
  /* Shortest and longest delay, 12 bits each: show at once. */
  static const uint8_t at_once[3] = {0};
  size_t size = 4;
  if (stream->playout_delay_id) size += write_element(block + size, stream->playout_delay_id, at_once, sizeof at_once);
  if (stream->descriptor_id && stream->descriptor_size)
    size += write_element(block + size, stream->descriptor_id, stream->descriptor, stream->descriptor_size);
  if (size == 4) return 0;
  while (size % 4) block[size++] = 0;
  put16(block, ONE_BYTE_HEADER_PROFILE);
  put16(block + 2, (uint32_t)(size - 4) / 4);
  return size;
}

size_t rtp_write_header(struct RtpStream *stream, uint8_t *packet, uint32_t timestamp, bool marker,
                        size_t payload_size) {
  size_t extensions = write_extensions(stream, packet + RTP_HEADER);
  packet[0] = VERSION_2 | (extensions ? HAS_EXTENSION : 0);
  packet[1] = (uint8_t)(stream->payload_type | (marker ? MARKER : 0));
  put16(packet + 2, stream->sequence++);
  put32(packet + 4, timestamp);
  put32(packet + 8, stream->ssrc);
  stream->packets++;
  stream->payload_bytes += (uint32_t)payload_size;
  return RTP_HEADER + extensions;
}

RtpPacketizer *rtp_packetizer(const char *codec) {
  static const struct {
    const char *codec;
    RtpPacketizer *packetizer;
  } formats[] = {{"h264", rtp_packetize_h264},
                 {"vp8", rtp_packetize_vp8},
                 {"vp9", rtp_packetize_vp9},
                 {"av1", rtp_packetize_av1}};
  for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
    if (strcmp(formats[i].codec, codec) == 0) return formats[i].packetizer;
  return NULL;
}
