#include "encoders.h"

/* libavcodec brings some forty libraries: where no graphics card encodes, the helper starts sooner without. */
const struct EncoderOps *const encoders_hardware[] = {NULL};
const size_t encoders_hardware_count = 0;
