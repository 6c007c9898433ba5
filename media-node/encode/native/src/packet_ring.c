#include "packet_ring.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "bytes.h"

/**
 * A datagram of 1200 bytes takes 2304 in the receiver's socket buffer: the default of 212,992 bytes holds 92. Two such
 * bursts fit, and nearly every frame is one. The pause gives a busy receiver its turn on the processor; what is lost all
 * the same it asks for again.
 */
#define BURST 40
#define BURST_PAUSE_NS 300000L

bool packet_ring_open(struct PacketRing *ring, int fd) {
  *ring = (struct PacketRing){.fd = fd, .packets = calloc(RING_PACKETS, sizeof(struct RingPacket))};
  return ring->packets != NULL;
}

void packet_ring_close(struct PacketRing *ring) {
  free(ring->packets);
  ring->packets = NULL;
}

void packet_ring_put(void *context, const uint8_t *packet, size_t size) {
  struct PacketRing *ring = context;
  /* A frame larger than the ring is sent in parts rather than overwritten. */
  if (ring->written - ring->sent == RING_PACKETS) packet_ring_flush(ring);
  struct RingPacket *slot = &ring->packets[ring->written++ % RING_PACKETS];
  slot->size = (uint16_t)size;
  memcpy(slot->data, packet, size);
}

/** @return how many of the `count` packets from the one with number `first` went out. */
static int send_burst(struct PacketRing *ring, unsigned first, int count) {
  struct mmsghdr messages[BURST];
  struct iovec parts[BURST];
  memset(messages, 0, sizeof messages);
  for (int i = 0; i < count; i++) {
    struct RingPacket *packet = &ring->packets[(first + (unsigned)i) % RING_PACKETS];
    parts[i] = (struct iovec){packet->data, packet->size};
    messages[i].msg_hdr.msg_iov = &parts[i];
    messages[i].msg_hdr.msg_iovlen = 1;
  }
  int sent = sendmmsg(ring->fd, messages, (unsigned)count, MSG_DONTWAIT);
  /* This only tells that an earlier packet found no receiver; nothing of this burst was tried yet. */
  if (sent < 0 && errno == ECONNREFUSED) sent = sendmmsg(ring->fd, messages, (unsigned)count, MSG_DONTWAIT);
  for (int i = 0; i < sent; i++) ring->bytes_sent += parts[i].iov_len;
  return sent;
}

void packet_ring_flush(struct PacketRing *ring) {
  while (ring->written != ring->sent) {
    unsigned waiting = ring->written - ring->sent;
    int sent = send_burst(ring, ring->sent, waiting < BURST ? (int)waiting : BURST);
    if (sent > 0) {
      ring->sent += (unsigned)sent;
      ring->packets_sent += (unsigned)sent;
    } else {
      /* A refused port (the receiver is gone) or a full buffer: lost like any packet; the receiver asks again. */
      ring->send_errors++;
      ring->sent++;
    }
    if (ring->written != ring->sent) nanosleep(&(struct timespec){.tv_nsec = BURST_PAUSE_NS}, NULL);
  }
}

void packet_ring_repeat(struct PacketRing *ring, int count) {
  unsigned kept = ring->sent < RING_PACKETS ? ring->sent : RING_PACKETS;
  unsigned left = (unsigned)count < kept ? (unsigned)count : kept;
  while (left > 0) {
    int sent = send_burst(ring, ring->sent - left, left < BURST ? (int)left : BURST);
    /* Only a copy: what does not go out is not missed. */
    if (sent <= 0) return;
    ring->packets_repeated += (unsigned)sent;
    left -= (unsigned)sent;
  }
}

void packet_ring_resend(struct PacketRing *ring, uint16_t sequence) {
  if (ring->written == 0) return;
  uint16_t newest = get16(ring->packets[(ring->written - 1) % RING_PACKETS].data + 2);
  uint16_t back = (uint16_t)(newest - sequence);
  if (back >= RING_PACKETS || back >= ring->written) return;
  const struct RingPacket *packet = &ring->packets[(ring->written - 1 - back) % RING_PACKETS];
  if (send(ring->fd, packet->data, packet->size, MSG_DONTWAIT) < 0)
    ring->send_errors++;
  else
    ring->packets_resent++;
}
