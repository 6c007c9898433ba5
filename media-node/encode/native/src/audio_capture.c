#include "audio_capture.h"

#include <poll.h>
#include <pthread.h>
#include <pulse/pulseaudio.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "events.h"

/** The server delivers this often; the fragment is also the latency that we ask of it. */
#define FRAGMENT_MS 5
#define RETRY_MS 250
#define BYTES_PER_MS (AUDIO_RATE / 1000 * AUDIO_CHANNELS * (int)sizeof(int16_t))

struct AudioCapture {
  char source[256];
  AudioFrameSink sink;
  void *context;
  pthread_t thread;
  pthread_mutex_t lock; /**< guards mainloop against a wake-up while it is being freed */
  pa_mainloop *mainloop;
  int wake_fd;
  atomic_bool closing, paused;

  pa_context *pulse;
  pa_stream *stream;
  bool corked, told;
  int16_t frame[AUDIO_FRAME_SAMPLES * AUDIO_CHANNELS];
  size_t filled; /**< bytes of frame */
};

static void deliver(struct AudioCapture *c, const uint8_t *data, size_t size) {
  while (size > 0) {
    size_t part = sizeof c->frame - c->filled < size ? sizeof c->frame - c->filled : size;
    /* A hole in the recording is silence: the clock goes on. */
    if (data) {
      memcpy((uint8_t *)c->frame + c->filled, data, part);
      data += part;
    } else {
      memset((uint8_t *)c->frame + c->filled, 0, part);
    }
    c->filled += part;
    size -= part;
    if (c->filled < sizeof c->frame) continue;
    c->filled = 0;
    c->sink(c->context, c->frame);
  }
}

static void on_readable(pa_stream *stream, size_t length, void *context) {
  (void)length; /* all of it is taken */
  struct AudioCapture *c = context;
  const void *data;
  size_t size;
  while (pa_stream_peek(stream, &data, &size) == 0 && size > 0) {
    if (!c->corked) deliver(c, data, size);
    pa_stream_drop(stream);
  }
}

static bool open_stream(struct AudioCapture *c) {
  static const pa_sample_spec spec = {.format = PA_SAMPLE_S16LE, .rate = AUDIO_RATE, .channels = AUDIO_CHANNELS};
  pa_buffer_attr buffer = {.maxlength = UINT32_MAX, .fragsize = FRAGMENT_MS * BYTES_PER_MS};
  c->stream = pa_stream_new(c->pulse, "nearcade-media", &spec, NULL);
  if (!c->stream) return false;
  pa_stream_set_read_callback(c->stream, on_readable, c);
  c->filled = 0;
  c->corked = atomic_load(&c->paused);
  return pa_stream_connect_record(c->stream, c->source, &buffer,
                                  PA_STREAM_ADJUST_LATENCY | PA_STREAM_DONT_MOVE |
                                      (c->corked ? PA_STREAM_START_CORKED : 0)) == 0;
}

/** Applies what other threads asked for, and moves the connection on. False: it failed. */
static bool advance(struct AudioCapture *c) {
  pa_context_state_t state = pa_context_get_state(c->pulse);
  if (!PA_CONTEXT_IS_GOOD(state)) return false;
  if (state == PA_CONTEXT_READY && !c->stream && !open_stream(c)) return false;
  if (!c->stream) return true;
  pa_stream_state_t stream_state = pa_stream_get_state(c->stream);
  if (!PA_STREAM_IS_GOOD(stream_state)) return false;
  if (stream_state != PA_STREAM_READY) return true;
  c->told = false;
  bool paused = atomic_load(&c->paused);
  if (paused == c->corked) return true;
  c->corked = paused;
  c->filled = 0;
  pa_operation *operation = pa_stream_cork(c->stream, paused, NULL, NULL);
  if (operation) pa_operation_unref(operation);
  operation = pa_stream_flush(c->stream, NULL, NULL);
  if (operation) pa_operation_unref(operation);
  return true;
}

static void tell_once(struct AudioCapture *c) {
  if (c->told) return;
  c->told = true;
  char message[400];
  snprintf(message, sizeof message, "no sound from PulseAudio source %s: %s; trying again", c->source,
           c->pulse ? pa_strerror(pa_context_errno(c->pulse)) : "no memory");
  events_send_error("audio_unavailable", message, false);
}

/** One connection, until it fails or the capture is closed. */
static void run_connection(struct AudioCapture *c) {
  c->pulse = pa_context_new(pa_mainloop_get_api(c->mainloop), "nearcade-media");
  bool good = c->pulse && pa_context_connect(c->pulse, NULL, PA_CONTEXT_NOAUTOSPAWN, NULL) >= 0;
  while (good && !atomic_load(&c->closing))
    good = advance(c) && pa_mainloop_iterate(c->mainloop, 1, NULL) >= 0;
  if (!good) tell_once(c);
  if (c->stream) {
    pa_stream_set_read_callback(c->stream, NULL, NULL);
    pa_stream_disconnect(c->stream);
    pa_stream_unref(c->stream);
    c->stream = NULL;
  }
  if (c->pulse) {
    pa_context_disconnect(c->pulse);
    pa_context_unref(c->pulse);
    c->pulse = NULL;
  }
}

static void wake(struct AudioCapture *c) {
  pthread_mutex_lock(&c->lock);
  if (c->mainloop) pa_mainloop_wakeup(c->mainloop);
  pthread_mutex_unlock(&c->lock);
  if (eventfd_write(c->wake_fd, 1) != 0) return; /* full: it is awake already */
}

static void set_mainloop(struct AudioCapture *c, pa_mainloop *mainloop) {
  pthread_mutex_lock(&c->lock);
  pa_mainloop *old = c->mainloop;
  c->mainloop = mainloop;
  pthread_mutex_unlock(&c->lock);
  if (old) pa_mainloop_free(old);
}

static void *run(void *context) {
  struct AudioCapture *c = context;
  while (!atomic_load(&c->closing)) {
    set_mainloop(c, pa_mainloop_new());
    if (c->mainloop) run_connection(c);
    set_mainloop(c, NULL);
    struct pollfd woken = {.fd = c->wake_fd, .events = POLLIN};
    eventfd_t count;
    if (!atomic_load(&c->closing) && poll(&woken, 1, RETRY_MS) == 1) eventfd_read(c->wake_fd, &count);
  }
  return NULL;
}

struct AudioCapture *audio_capture_open(const char *source, AudioFrameSink sink, void *context) {
  struct AudioCapture *c = calloc(1, sizeof *c);
  if (!c) return NULL;
  snprintf(c->source, sizeof c->source, "%s", source);
  c->sink = sink;
  c->context = context;
  pthread_mutex_init(&c->lock, NULL);
  c->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (c->wake_fd >= 0 && pthread_create(&c->thread, NULL, run, c) == 0) return c;
  if (c->wake_fd >= 0) close(c->wake_fd);
  free(c);
  return NULL;
}

void audio_capture_pause(struct AudioCapture *capture, bool paused) {
  atomic_store(&capture->paused, paused);
  wake(capture);
}

void audio_capture_close(struct AudioCapture *capture) {
  if (!capture) return;
  atomic_store(&capture->closing, true);
  wake(capture);
  pthread_join(capture->thread, NULL);
  close(capture->wake_fd);
  pthread_mutex_destroy(&capture->lock);
  free(capture);
}
