#include "events.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "clock.h"

/** Minutes of events to a parent that does not read; after that they are lost. */
#define BUFFER_SIZE (64 * 1024)
/** A pipe that polls as writable takes this much without blocking (POSIX). */
#define PIPE_CHUNK 4096

static struct {
  pthread_mutex_t lock;
  size_t length;
  char data[BUFFER_SIZE];
} waiting = {.lock = PTHREAD_MUTEX_INITIALIZER};

/** write() that does not wait, whether standard output is a socket (Node) or a pipe, whose flags are not ours. */
static ssize_t write_at_once(const char *data, size_t size) {
  ssize_t sent = send(STDOUT_FILENO, data, size, MSG_DONTWAIT | MSG_NOSIGNAL);
  if (sent >= 0 || errno != ENOTSOCK) return sent;
  struct pollfd out = {.fd = STDOUT_FILENO, .events = POLLOUT};
  errno = EAGAIN;
  if (poll(&out, 1, 0) != 1 || !(out.revents & (POLLOUT | POLLERR))) return -1;
  return write(STDOUT_FILENO, data, size < PIPE_CHUNK ? size : PIPE_CHUNK);
}

static void flush_locked(void) {
  while (waiting.length > 0) {
    ssize_t sent = write_at_once(waiting.data, waiting.length);
    if (sent <= 0) {
      /* A parent that is gone reads nothing more; its closing standard input ends us. */
      if (errno != EAGAIN && errno != EINTR) waiting.length = 0;
      return;
    }
    waiting.length -= (size_t)sent;
    memmove(waiting.data, waiting.data + sent, waiting.length);
  }
}

static void send_event(struct json_object *event, bool droppable) {
  size_t length;
  const char *line = json_object_to_json_string_length(event, JSON_C_TO_STRING_PLAIN, &length);
  pthread_mutex_lock(&waiting.lock);
  flush_locked();
  bool behind = droppable && waiting.length > 0;
  if (!behind && waiting.length + length + 1 <= BUFFER_SIZE) {
    memcpy(waiting.data + waiting.length, line, length);
    waiting.length += length;
    waiting.data[waiting.length++] = '\n';
    flush_locked();
  }
  pthread_mutex_unlock(&waiting.lock);
  json_object_put(event);
}

void events_send(struct json_object *event) { send_event(event, false); }
void events_send_droppable(struct json_object *event) { send_event(event, true); }

struct json_object *events_new(const char *name) {
  struct json_object *event = json_object_new_object();
  json_object_object_add(event, "ev", json_object_new_string(name));
  return event;
}

void events_send_name(const char *name) { events_send(events_new(name)); }

void events_send_error(const char *code, const char *message, bool fatal) {
  struct json_object *event = events_new("error");
  json_object_object_add(event, "code", json_object_new_string(code));
  json_object_object_add(event, "message", json_object_new_string(message));
  json_object_object_add(event, "fatal", json_object_new_boolean(fatal));
  events_send(event);
}

bool events_waiting(void) {
  pthread_mutex_lock(&waiting.lock);
  bool some = waiting.length > 0;
  pthread_mutex_unlock(&waiting.lock);
  return some;
}

void events_flush(void) {
  pthread_mutex_lock(&waiting.lock);
  flush_locked();
  pthread_mutex_unlock(&waiting.lock);
}

void events_drain(int milliseconds) {
  int64_t until = monotonic_ns() + milliseconds * NS_PER_MS;
  for (events_flush(); events_waiting() && monotonic_ns() < until; events_flush()) {
    struct pollfd out = {.fd = STDOUT_FILENO, .events = POLLOUT};
    if (poll(&out, 1, 10) == 1 && (out.revents & (POLLERR | POLLHUP))) return;
  }
}
