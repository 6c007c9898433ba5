#ifndef NEARCADE_SCALED_PICTURE_H
#define NEARCADE_SCALED_PICTURE_H
#include "picture.h"

/** A smaller copy of a picture, for links and viewers that get fewer pixels. Its ages follow the original's. */
struct ScaledPicture {
  struct Picture picture;
};

/** Both sides of `source` times `percent`, rounded down to even numbers. False: out of memory. */
bool scaled_picture_open(struct ScaledPicture *scaled, const struct Picture *source, int percent);
void scaled_picture_close(struct ScaledPicture *scaled);

/** Brings the copy up to date. @param changed whether pixels of the source changed since the last time, or its ages alone. */
void scaled_picture_update(struct ScaledPicture *scaled, const struct Picture *source, bool changed);

#endif
