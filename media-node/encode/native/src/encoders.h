#ifndef NEARCADE_ENCODERS_H
#define NEARCADE_ENCODERS_H
#include "encoder.h"

/** Those of libraries that run on any machine, one a codec. */
extern const struct EncoderOps *const encoders_software[];
extern const size_t encoders_software_count;

/** Those of graphics cards; whether they work here, only opening one tells. nearcade-media has none, nearcade-media-hardware has them. */
extern const struct EncoderOps *const encoders_hardware[];
extern const size_t encoders_hardware_count;

/** By codec and implementation; an empty name is the software one's. NULL: there is none. */
const struct EncoderOps *encoders_find(const char *codec, const char *name);

#endif
