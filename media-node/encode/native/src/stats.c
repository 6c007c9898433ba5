#include "stats.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "clock.h"
#include "events.h"

static int64_t process_cpu_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return t.tv_sec * NS_PER_SECOND + t.tv_nsec;
}

void stats_open(struct Stats *stats, int64_t now) {
  memset(stats, 0, sizeof *stats);
  stats->since = now;
  stats->cpu_ns = process_cpu_ns();
}

void stats_latency(struct Stats *stats, int64_t latency_ns) {
  if (stats->latencies < LATENCIES_MAX) stats->latency_ns[stats->latencies++] = latency_ns;
}

static void add_int(struct json_object *to, const char *name, int64_t value) {
  json_object_object_add(to, name, json_object_new_int64(value));
}

static void add_number(struct json_object *to, const char *name, double value) {
  json_object_object_add(to, name, json_object_new_double(value));
}

static void add_mean_ms(struct json_object *to, const char *name, int64_t sum_ns, int count) {
  add_number(to, name, count ? ns_to_ms(sum_ns) / count : 0);
}

static int ascending(const void *a, const void *b) {
  int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
  return (x > y) - (x < y);
}

static struct json_object *latency_quantiles(struct Stats *s) {
  struct json_object *quantiles = json_object_new_object();
  int n = s->latencies;
  qsort(s->latency_ns, (size_t)n, sizeof *s->latency_ns, ascending);
  add_number(quantiles, "p50", n ? ns_to_ms(s->latency_ns[n / 2]) : 0);
  add_number(quantiles, "p95", n ? ns_to_ms(s->latency_ns[n * 95 / 100]) : 0);
  return quantiles;
}

struct json_object *stats_report(struct Stats *s, const struct PacketRing *ring, int64_t now) {
  double seconds = (double)(now - s->since) / (double)NS_PER_SECOND;
  uint64_t bytes = ring->bytes_sent - s->bytes_sent;
  int64_t cpu = process_cpu_ns();
  struct json_object *event = events_new("stats");
  add_int(event, "frames", s->frames);
  add_int(event, "changedFrames", s->changed_frames);
  add_int(event, "keyFrames", s->key_frames);
  add_number(event, "fps", s->frames / seconds);
  add_int(event, "bytes", (int64_t)bytes);
  add_number(event, "kbps", (double)bytes * 8 / 1000 / seconds);
  add_mean_ms(event, "grabMs", s->grab_ns, s->grabs);
  add_mean_ms(event, "convertMs", s->convert_ns, s->grabs);
  add_mean_ms(event, "encodeMs", s->encode_ns, s->encoded);
  json_object_object_add(event, "damageToSentMs", latency_quantiles(s));
  add_int(event, "skipped", s->unchanged);
  add_int(event, "dropped", s->dropped);
  add_int(event, "packets", ring->packets_sent - s->packets_sent);
  add_int(event, "retransmitted", ring->packets_resent - s->packets_resent);
  add_int(event, "repeated", ring->packets_repeated - s->packets_repeated);
  add_int(event, "sendErrors", ring->send_errors - s->send_errors);
  add_number(event, "cpuMs", ns_to_ms(cpu - s->cpu_ns));
  *s = (struct Stats){.since = now,
                      .cpu_ns = cpu,
                      .bytes_sent = ring->bytes_sent,
                      .packets_sent = ring->packets_sent,
                      .packets_resent = ring->packets_resent,
                      .packets_repeated = ring->packets_repeated,
                      .send_errors = ring->send_errors};
  return event;
}
