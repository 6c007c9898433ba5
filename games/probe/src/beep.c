#include "beep.h"

#include <math.h>
#include <pthread.h>
#include <pulse/simple.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>

enum { RATE = 48000, CHUNK = RATE / 200, BEEP_SAMPLES = RATE * 60 / 1000, BEEP_HZ = 1000, BUFFER_CHUNKS = 4 };
static const double AMPLITUDE = 0.4 * 32767;

static atomic_int remaining;

static void *play(void *unused) {
  (void)unused;
  const pa_sample_spec format = {.format = PA_SAMPLE_S16LE, .rate = RATE, .channels = 1};
  const pa_buffer_attr buffer = {
      .maxlength = (uint32_t)-1,
      .tlength = BUFFER_CHUNKS * CHUNK * sizeof(int16_t),
      .prebuf = 0,
      .minreq = CHUNK * sizeof(int16_t),
      .fragsize = (uint32_t)-1,
  };
  pa_simple *stream =
      pa_simple_new(NULL, "probe", PA_STREAM_PLAYBACK, NULL, "beeps", &format, NULL, &buffer, NULL);
  if (stream == NULL) {
    fputs("probe: no sound server, playing silently\n", stderr);
    return NULL;
  }
  int16_t samples[CHUNK];
  int phase = 0;
  for (;;) {
    const int beeping = atomic_load(&remaining);
    for (int i = 0; i < CHUNK; i++) {
      samples[i] = i < beeping ? (int16_t)(AMPLITUDE * sin(2 * M_PI * BEEP_HZ * phase++ / RATE)) : 0;
    }
    if (beeping > 0) atomic_fetch_sub(&remaining, beeping < CHUNK ? beeping : CHUNK);
    if (pa_simple_write(stream, samples, sizeof samples, NULL) < 0) break;
  }
  pa_simple_free(stream);
  return NULL;
}

void beep_start(void) {
  pthread_t thread;
  if (pthread_create(&thread, NULL, play, NULL) == 0) pthread_detach(thread);
}

void beep(void) { atomic_store(&remaining, BEEP_SAMPLES); }
