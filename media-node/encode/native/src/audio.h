#ifndef NEARCADE_AUDIO_H
#define NEARCADE_AUDIO_H
#include <json-c/json.h>

#include "command.h"

struct Audio;

/**
 * Records, encodes with Opus and sends on a thread of its own.
 * @param shared_fd the socket of the video if it goes to the same address: a receiver that takes both on one port
 *   knows the sender by its port; otherwise -1
 * @return NULL with a code and a message if it cannot be.
 */
struct Audio *audio_open(const struct AudioConfig *config, int shared_fd, const char *cname, const char **code,
                         const char **message);
void audio_pause(struct Audio *audio, bool paused);
/** The "audio" part of the "stats" event since the last call. */
struct json_object *audio_report(struct Audio *audio);
void audio_close(struct Audio *audio);

#endif
