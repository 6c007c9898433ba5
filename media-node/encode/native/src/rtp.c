#include "rtp.h"

#include <sys/random.h>

#include "bytes.h"
#include "clock.h"

#define VERSION_2 0x80
#define HAS_EXTENSION 0x10
#define MARKER 0x80
#define ONE_BYTE_HEADER_PROFILE 0xBEDE
/** The element's length field holds its size less one. */
#define PLAYOUT_DELAY_SIZE 3

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

size_t rtp_write_header(struct RtpStream *stream, uint8_t *packet, uint32_t timestamp, bool marker,
                        size_t payload_size) {
  packet[0] = VERSION_2 | (stream->playout_delay_id ? HAS_EXTENSION : 0);
  packet[1] = (uint8_t)(stream->payload_type | (marker ? MARKER : 0));
  put16(packet + 2, stream->sequence++);
  put32(packet + 4, timestamp);
  put32(packet + 8, stream->ssrc);
  stream->packets++;
  stream->payload_bytes += (uint32_t)payload_size;
  if (!stream->playout_delay_id) return RTP_HEADER;
  uint8_t *extension = packet + RTP_HEADER;
  put16(extension, ONE_BYTE_HEADER_PROFILE);
  put16(extension + 2, 1); /* words */
  /* Shortest and longest delay, 12 bits each: show at once. */
  put32(extension + 4, (uint32_t)(stream->playout_delay_id << 4 | (PLAYOUT_DELAY_SIZE - 1)) << 24);
  return RTP_HEADER + RTP_PLAYOUT_DELAY_EXTENSION;
}
