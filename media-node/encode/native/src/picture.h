#ifndef NEARCADE_PICTURE_H
#define NEARCADE_PICTURE_H
#include <stdbool.h>
#include <stdint.h>

/** Side of a macroblock, the unit in which both encoders think. */
#define MACROBLOCK 16

struct Rect {
  int x, y, width, height;
};

/**
 * The last captured picture as I420, and for each macroblock how many encoded frames ago it last changed.
 * That age lets an encoder pass over what did not change, and tells frames that are identical.
 */
struct Picture {
  int width, height;
  int columns, rows; /**< in macroblocks, rounded up */
  uint8_t *plane[3];
  int stride[3];
  uint8_t *age;  /**< columns * rows; 0 = changed since the last encoded frame; stays at 255 */
  uint8_t *band; /**< one row of macroblocks, freshly converted */
};

/** Width and height must be even. The new picture is black and all of it counts as changed. False: out of memory. */
bool picture_open(struct Picture *picture, int width, int height);
void picture_close(struct Picture *picture);

/**
 * Takes in a captured rectangle of 32-bit B, G, R, x pixels. The rectangle must lie inside the picture and begin on
 * a macroblock; its size must be even.
 * @return how many macroblocks differ from what was there.
 */
int picture_update(struct Picture *picture, struct Rect rect, const uint8_t *pixels, int stride);

/** A frame was encoded from the picture: everything is one frame older. */
void picture_grow_older(struct Picture *picture);

#endif
