#ifndef NEARCADE_STATS_H
#define NEARCADE_STATS_H
#include <json-c/json.h>
#include <stdbool.h>
#include <stdint.h>

#include "packet_ring.h"

/** More frames than come in a second at the highest frame rate. */
#define LATENCIES_MAX 512

/** What happened since the last report. */
struct Stats {
  int64_t since;
  int64_t cpu_ns; /**< of the whole process, at the last report */
  int frames, changed_frames, key_frames; /**< sent */
  int encoded, dropped;                   /**< all, and those that the encoder left out */
  int unchanged;  /**< grabs that showed nothing new */
  int grabs;
  int64_t grab_ns, convert_ns, encode_ns;
  int64_t latency_ns[LATENCIES_MAX];
  int latencies;
  uint64_t bytes_sent; /**< of the ring, at the last report, and so below */
  uint32_t packets_sent, packets_resent, packets_repeated, send_errors;
};

void stats_open(struct Stats *stats, int64_t now);
/** From the damage until the frame's last packet was handed to the kernel. */
void stats_latency(struct Stats *stats, int64_t latency_ns);
/** The "stats" event for the time since the last, which begins anew. */
struct json_object *stats_report(struct Stats *stats, const struct PacketRing *ring, int64_t now);

#endif
