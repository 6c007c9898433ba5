// A link between two Ethernet interfaces that behaves like a wide-area one: each direction has a rate with a bounded
// queue, a delay, jitter and loss. sch_netem is not in every kernel; AF_PACKET is (packet(7)).
//
//   emulator LEFT RIGHT DELAY_US JITTER_US LOSS_PPM RATE_BPS QUEUE_BYTES SEED
//
// What arrives on LEFT leaves on RIGHT and the other way round, both directions under the same conditions:
//   queue   A frame that finds QUEUE_BYTES already waiting is dropped (tail drop). RATE_BPS 0: no limit, no queue.
//   loss    LOSS_PPM of the frames that left the queue are lost, drawn from SEED, the same ones in every run.
//   delay   DELAY_US + uniform 0..JITTER_US. Frames never overtake one another.
// ARP is neither lost nor delayed, so that a lost resolution (1 s) does not stand in for a lost packet.
// A line "DELAY_US JITTER_US LOSS_PPM RATE_BPS QUEUE_BYTES" on standard input sets other conditions, for what arrives from then on.
// Prints one line "ready", then on SIGTERM or SIGINT one line of JSON with counts of frames for each direction.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

enum {
  FRAME_MAX = 2048,       // bytes; the interfaces' MTU is 1500 and their offloads are off
  IN_FLIGHT_MAX = 1 << 13 // frames a direction (16 MiB); 250 kB of queue are 4,200 of the smallest frames
};

static const int64_t NS_PER_US = 1000, NS_PER_S = 1000000000;

struct conditions {
  int64_t delay_ns, jitter_ns, rate_bps, queue_bytes;
  uint32_t loss_ppm;
};

struct frame {
  int64_t due_ns; // CLOCK_MONOTONIC
  uint32_t size;
  uint8_t bytes[FRAME_MAX];
};

// Frames leave in the order in which they came, so what is in flight is a ring.
struct direction {
  int from, to;
  uint64_t random;
  int64_t queue_free_ns; // when the last queued frame will have left the bottleneck
  int64_t last_due_ns;
  uint32_t head, count;
  struct frame *ring;
  struct {
    uint64_t forwarded, lost, queue_full, unsent;
  } seen;
};

static volatile sig_atomic_t stopping;

static void on_signal(int number) {
  (void)number;
  stopping = 1;
}

static void die(const char *what) {
  perror(what);
  exit(1);
}

static int64_t now_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * NS_PER_S + t.tv_nsec;
}

// xorshift64* (Vigna 2016): seeded, so that a run can be repeated.
static uint32_t next_random(uint64_t *state) {
  uint64_t x = *state;
  x ^= x >> 12;
  x ^= x << 25;
  x ^= x >> 27;
  *state = x;
  return (uint32_t)((x * 0x2545F4914F6CDD1DULL) >> 32);
}

static int open_interface(const char *name) {
  int fd = socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, htons(ETH_P_ALL));
  if (fd < 0) die("socket AF_PACKET");
  int on = 1, buffer = 8 << 20;
  if (setsockopt(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &on, sizeof on) < 0) die("PACKET_IGNORE_OUTGOING");
  if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &buffer, sizeof buffer) < 0) die("SO_RCVBUFFORCE");
  struct sockaddr_ll address = {.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL)};
  address.sll_ifindex = (int)if_nametoindex(name);
  if (address.sll_ifindex == 0) die(name);
  if (bind(fd, (struct sockaddr *)&address, sizeof address) < 0) die("bind");
  struct packet_mreq promiscuous = {.mr_ifindex = address.sll_ifindex, .mr_type = PACKET_MR_PROMISC};
  if (setsockopt(fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &promiscuous, sizeof promiscuous) < 0)
    die("PACKET_ADD_MEMBERSHIP");
  return fd;
}

// When a frame that arrived now leaves the bottleneck, or -1 when the queue has no room for it.
static int64_t through_queue(struct direction *d, const struct conditions *c, uint32_t size, int64_t now) {
  if (c->rate_bps == 0) return now;
  int64_t start = d->queue_free_ns > now ? d->queue_free_ns : now;
  int64_t waiting_bytes = (int64_t)((double)(start - now) * (double)c->rate_bps / 8e9);
  if (waiting_bytes + size > c->queue_bytes) return -1;
  d->queue_free_ns = start + (int64_t)size * 8 * NS_PER_S / c->rate_bps;
  return d->queue_free_ns;
}

static void admit(struct direction *d, const struct conditions *c, struct frame *f, int64_t now) {
  uint16_t protocol = (uint16_t)((f->bytes[12] << 8) | f->bytes[13]);
  if (protocol == ETH_P_ARP) {
    f->due_ns = now > d->last_due_ns ? now : d->last_due_ns;
    d->count++;
    return;
  }
  int64_t left = through_queue(d, c, f->size, now);
  if (left < 0) {
    d->seen.queue_full++;
    return;
  }
  bool lost = next_random(&d->random) % 1000000 < c->loss_ppm;
  int64_t jitter = c->jitter_ns > 0 ? (int64_t)(next_random(&d->random) % (uint64_t)c->jitter_ns) : 0;
  if (lost) {
    d->seen.lost++;
    return;
  }
  int64_t due = left + c->delay_ns + jitter;
  f->due_ns = due > d->last_due_ns ? due : d->last_due_ns;
  d->last_due_ns = f->due_ns;
  d->count++;
}

static void receive_all(struct direction *d, const struct conditions *c) {
  for (;;) {
    if (d->count == IN_FLIGHT_MAX) return; // the socket's buffer waits in our place
    struct frame *f = &d->ring[(d->head + d->count) % IN_FLIGHT_MAX];
    ssize_t n = recv(d->from, f->bytes, FRAME_MAX, MSG_TRUNC);
    if (n < 0 && (errno == EAGAIN || errno == EINTR || errno == ENETDOWN)) return;
    if (n < 0) die("recv");
    if (n < ETH_HLEN) continue;
    if (n > FRAME_MAX) {
      fprintf(stderr, "A frame of %zd bytes: turn the interfaces' offloads off (ethtool -K)\n", n);
      exit(1);
    }
    f->size = (uint32_t)n;
    admit(d, c, f, now_ns());
  }
}

static void send_due(struct direction *d) {
  while (d->count > 0) {
    struct frame *f = &d->ring[d->head];
    if (f->due_ns > now_ns()) return;
    if (send(d->to, f->bytes, f->size, MSG_DONTWAIT) < 0)
      d->seen.unsent++;
    else
      d->seen.forwarded++;
    d->head = (d->head + 1) % IN_FLIGHT_MAX;
    d->count--;
  }
}

static void print_seen(const char *name, const struct direction *d, const char *end) {
  printf("\"%s\":{\"forwarded\":%llu,\"lost\":%llu,\"queueFull\":%llu,\"unsent\":%llu}%s", name,
         (unsigned long long)d->seen.forwarded, (unsigned long long)d->seen.lost,
         (unsigned long long)d->seen.queue_full, (unsigned long long)d->seen.unsent, end);
}

// False: nobody will set anything any more.
static bool read_conditions(struct conditions *c) {
  static char line[256];
  static size_t length;
  ssize_t n = read(STDIN_FILENO, line + length, sizeof line - 1 - length);
  if (n < 0 && (errno == EAGAIN || errno == EINTR)) return true;
  if (n <= 0) return false;
  length += (size_t)n;
  line[length] = '\0';
  char *end;
  while ((end = strchr(line, '\n')) != NULL) {
    long long delay, jitter, loss, rate, queue;
    if (sscanf(line, "%lld %lld %lld %lld %lld", &delay, &jitter, &loss, &rate, &queue) != 5) {
      fprintf(stderr, "not five numbers: %s", line);
      exit(2);
    }
    *c = (struct conditions){delay * NS_PER_US, jitter * NS_PER_US, rate, queue, (uint32_t)loss};
    length -= (size_t)(end + 1 - line);
    memmove(line, end + 1, length + 1);
  }
  return length < sizeof line - 1;
}

// Waits until a frame arrives, the next one in flight is due, or a signal comes.
static void wait_for_work(struct direction ways[2], struct conditions *c, bool *steered, const sigset_t *unblocked) {
  struct pollfd fds[3] = {{ways[0].from, POLLIN, 0}, {ways[1].from, POLLIN, 0}, {*steered ? STDIN_FILENO : -1, POLLIN, 0}};
  int64_t due = INT64_MAX;
  for (int i = 0; i < 2; i++)
    if (ways[i].count > 0 && ways[i].ring[ways[i].head].due_ns < due) due = ways[i].ring[ways[i].head].due_ns;
  if (due == INT64_MAX) {
    if (ppoll(fds, 3, NULL, unblocked) > 0 && fds[2].revents != 0) *steered = read_conditions(c);
    return;
  }
  int64_t wait = due - now_ns();
  if (wait < 0) wait = 0;
  struct timespec timeout = {wait / NS_PER_S, wait % NS_PER_S};
  if (ppoll(fds, 3, &timeout, unblocked) > 0 && fds[2].revents != 0) *steered = read_conditions(c);
}

static int64_t number(const char *text) {
  char *end;
  errno = 0;
  long long value = strtoll(text, &end, 10);
  if (errno != 0 || *end != '\0' || value < 0) {
    fprintf(stderr, "not a number of 0 or more: %s\n", text);
    exit(2);
  }
  return value;
}

int main(int argc, char **argv) {
  if (argc != 9) {
    fprintf(stderr, "usage: %s LEFT RIGHT DELAY_US JITTER_US LOSS_PPM RATE_BPS QUEUE_BYTES SEED\n", argv[0]);
    return 2;
  }
  struct conditions c = {.delay_ns = number(argv[3]) * NS_PER_US,
                         .jitter_ns = number(argv[4]) * NS_PER_US,
                         .loss_ppm = (uint32_t)number(argv[5]),
                         .rate_bps = number(argv[6]),
                         .queue_bytes = number(argv[7])};
  uint64_t seed = (uint64_t)number(argv[8]);

  // Punctual although the machine is busy: no timer slack, and ahead of ordinary processes where that is allowed.
  prctl(PR_SET_TIMERSLACK, 1UL);
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  struct sched_param priority = {.sched_priority = 1};
  sched_setscheduler(0, SCHED_RR, &priority);

  sigset_t blocked, unblocked;
  sigemptyset(&blocked);
  sigaddset(&blocked, SIGTERM);
  sigaddset(&blocked, SIGINT);
  sigprocmask(SIG_BLOCK, &blocked, &unblocked);
  struct sigaction action = {.sa_handler = on_signal};
  sigaction(SIGTERM, &action, NULL);
  sigaction(SIGINT, &action, NULL);

  int left = open_interface(argv[1]), right = open_interface(argv[2]);
  struct direction ways[2] = {{.from = left, .to = right}, {.from = right, .to = left}};
  for (int i = 0; i < 2; i++) {
    ways[i].random = (seed + (uint64_t)i) * 0x9E3779B97F4A7C15ULL | 1;
    ways[i].ring = malloc(sizeof(struct frame) * IN_FLIGHT_MAX);
    if (ways[i].ring == NULL) die("malloc");
  }

  puts("ready");
  fflush(stdout);
  bool steered = true;
  while (!stopping) {
    wait_for_work(ways, &c, &steered, &unblocked);
    for (int i = 0; i < 2; i++) {
      receive_all(&ways[i], &c);
      send_due(&ways[i]);
    }
  }
  putchar('{');
  print_seen("leftToRight", &ways[0], ",");
  print_seen("rightToLeft", &ways[1], "}\n");
  return 0;
}
