#ifndef NEARCADE_AUDIO_CAPTURE_H
#define NEARCADE_AUDIO_CAPTURE_H
#include <stdbool.h>
#include <stdint.h>

#define AUDIO_RATE 48000
#define AUDIO_CHANNELS 2
/** 10 ms: half the usual Opus frame, since each waits to be whole. */
#define AUDIO_FRAME_SAMPLES (AUDIO_RATE / 100)

struct AudioCapture;

/** Called on the capture's own thread with one frame of interleaved samples. */
typedef void (*AudioFrameSink)(void *context, const int16_t *samples);

/**
 * Records a PulseAudio source on a thread of its own. When the server or the source is not there, or goes away, says
 * so once ("audio_unavailable") and tries again until it is closed.
 * @return NULL if the thread cannot be started.
 */
struct AudioCapture *audio_capture_open(const char *source, AudioFrameSink sink, void *context);
/** While paused nothing is recorded; what was recorded before is not delivered later. Any thread. */
void audio_capture_pause(struct AudioCapture *capture, bool paused);
/** Returns when the thread has ended. */
void audio_capture_close(struct AudioCapture *capture);

#endif
