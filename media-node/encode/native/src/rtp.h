#ifndef NEARCADE_RTP_H
#define NEARCADE_RTP_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "encoder.h"

/**
 * Largest RTP packet that we make. The SFU adds header extensions, RTX its two bytes, SRTP a tag; with those and
 * UDP over IPv6 or TURN the datagram still passes a 1500-byte path, and most tunnels.
 */
#define RTP_PACKET_MAX 1200
#define RTP_HEADER 12
/** One-byte-header extension block (RFC 8285) with one element of three bytes. */
#define RTP_PLAYOUT_DELAY_EXTENSION 8
/** What a dependency descriptor adds to that block, and its own size, both at most. */
#define RTP_DESCRIPTOR_EXTENSION 12
#define RTP_DESCRIPTOR_MAX 8
#define RTP_PAYLOAD_MAX (RTP_PACKET_MAX - RTP_HEADER - RTP_PLAYOUT_DELAY_EXTENSION)

/** One RTP stream (RFC 3550): its numbers, and what was sent of it. */
struct RtpStream {
  uint32_t ssrc;
  uint8_t payload_type;
  /** Header extension id of playout-delay, stamped 0/0 on each packet; 0 = none. */
  uint8_t playout_delay_id;
  /** The same of the dependency descriptor (AV1 RTP payload format, appendix A), and what the next packet says of itself. */
  uint8_t descriptor_id;
  uint8_t descriptor[RTP_DESCRIPTOR_MAX];
  size_t descriptor_size;
  uint32_t clock_rate;
  uint16_t sequence;
  uint32_t timestamp_base;
  int64_t timestamp_origin_ns; /**< monotonic time at which the timestamp was timestamp_base */
  uint32_t packets, payload_bytes;
};

/** Takes a finished packet; it must not keep the pointer. */
typedef void (*RtpSink)(void *context, const uint8_t *packet, size_t size);

/** Sequence and timestamp begin at random, as RFC 3550 asks. */
void rtp_stream_open(struct RtpStream *stream, uint32_t ssrc, uint8_t payload_type, uint32_t clock_rate, int64_t now);
/** The stream's timestamp for a moment of the monotonic clock. */
uint32_t rtp_timestamp(const struct RtpStream *stream, int64_t at_ns);
/** Writes the header of the next packet and counts it. @return the header's length. */
size_t rtp_write_header(struct RtpStream *stream, uint8_t *packet, uint32_t timestamp, bool marker,
                        size_t payload_size);

/** Puts a frame into packets. `picture_id` is the caller's counter of frames, for payload formats that have one. */
typedef void RtpPacketizer(struct RtpStream *stream, const struct EncodedFrame *frame, uint32_t timestamp,
                           uint16_t picture_id, RtpSink sink, void *context);

/** RFC 6184, packetization-mode 1: single NAL unit packets and FU-A. */
RtpPacketizer rtp_packetize_h264;
/** RFC 7741 with a 15-bit picture id. */
RtpPacketizer rtp_packetize_vp8;
/** RFC 9628 without layers, with a 15-bit picture id. */
RtpPacketizer rtp_packetize_vp9;
/** AV1 RTP payload format 1.0, with a dependency descriptor of one layer. */
RtpPacketizer rtp_packetize_av1;

/** NULL: there is no such codec. */
RtpPacketizer *rtp_packetizer(const char *codec);

#endif
