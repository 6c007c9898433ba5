#ifndef NEARCADE_RTCP_H
#define NEARCADE_RTCP_H
#include "rtp.h"

/** A sender report and a source description (RFC 3550). */
#define RTCP_REPORT_MAX 128
/** A NACK names at most 17 packets a word; no receiver asks for more than this at once. */
#define RTCP_LOST_MAX 512

/** What a receiver asks for. */
struct RtcpFeedback {
  bool key_frame; /**< PLI (RFC 4585) or FIR (RFC 5104) */
  uint16_t lost[RTCP_LOST_MAX]; /**< generic NACK (RFC 4585) */
  int lost_count;
};

/** @param cname at most 40 bytes. @return the length of the compound packet, with the moment `now` in both clocks. */
size_t rtcp_write_report(uint8_t *packet, const struct RtpStream *stream, const char *cname, int64_t now);

/** Reads a compound packet; what is malformed or about another stream is passed over. */
void rtcp_read_feedback(const uint8_t *packet, size_t size, uint32_t ssrc, struct RtcpFeedback *feedback);

#endif
