#ifndef NEARCADE_PACKET_RING_H
#define NEARCADE_PACKET_RING_H
#include "rtp.h"

/** Packets kept to be sent again: over a second at 10 Mbit/s, more than any receiver waits. A power of two. */
#define RING_PACKETS 1024

struct RingPacket {
  uint16_t size; /**< 0 = never used */
  uint8_t data[RTP_PACKET_MAX];
};

/** The packets of one stream on their way out, and those sent lately. */
struct PacketRing {
  struct RingPacket *packets;
  int fd;
  unsigned written, sent; /**< counts; written - sent wait for packet_ring_flush */
  uint64_t bytes_sent;
  uint32_t packets_sent, packets_resent, packets_repeated, send_errors;
};

bool packet_ring_open(struct PacketRing *ring, int fd);
void packet_ring_close(struct PacketRing *ring);
/** An RtpSink: queues the packet. */
void packet_ring_put(void *ring, const uint8_t *packet, size_t size);
/** Sends what waits, in bursts that the receiver's socket buffer can hold, with a third of a millisecond between them. */
void packet_ring_flush(struct PacketRing *ring);
/** Sends the last `count` packets once more, unasked. */
void packet_ring_repeat(struct PacketRing *ring, int count);
/** Sends a packet again, if it is still here. */
void packet_ring_resend(struct PacketRing *ring, uint16_t sequence);

#endif
