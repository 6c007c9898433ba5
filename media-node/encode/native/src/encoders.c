#include "encoders.h"

#include <string.h>

const struct EncoderOps *const encoders_software[] = {&encoder_x264, &encoder_vp8, &encoder_vp9, &encoder_av1};
const size_t encoders_software_count = sizeof encoders_software / sizeof *encoders_software;

static const struct EncoderOps *find(const struct EncoderOps *const *encoders, size_t count, const char *codec,
                                     const char *name) {
  for (size_t i = 0; i < count; i++)
    if (strcmp(encoders[i]->codec, codec) == 0 && (!*name || strcmp(encoders[i]->name, name) == 0)) return encoders[i];
  return NULL;
}

const struct EncoderOps *encoders_find(const char *codec, const char *name) {
  const struct EncoderOps *software = find(encoders_software, encoders_software_count, codec, name);
  if (software || !*name) return software;
  return find(encoders_hardware, encoders_hardware_count, codec, name);
}
