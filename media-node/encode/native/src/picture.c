#include "picture.h"

#include <libyuv/convert.h>
#include <stdlib.h>
#include <string.h>

#define HALF (MACROBLOCK / 2)
/** Rows begin on a cache line: the wide loads of libyuv, x264 and libvpx never straddle two. */
#define ALIGNMENT 64

static int round_up(int value, int unit) { return (value + unit - 1) / unit * unit; }

bool picture_open(struct Picture *picture, int width, int height) {
  memset(picture, 0, sizeof *picture);
  picture->width = width;
  picture->height = height;
  picture->columns = round_up(width, MACROBLOCK) / MACROBLOCK;
  picture->rows = round_up(height, MACROBLOCK) / MACROBLOCK;
  picture->stride[0] = round_up(width, 2 * ALIGNMENT);
  picture->stride[1] = picture->stride[2] = picture->stride[0] / 2;
  int padded = picture->rows * MACROBLOCK;
  for (int i = 0; i < 3; i++) {
    size_t size = (size_t)picture->stride[i] * (size_t)(i ? padded / 2 : padded);
    picture->plane[i] = aligned_alloc(ALIGNMENT, (size_t)round_up((int)size, ALIGNMENT));
    if (picture->plane[i]) memset(picture->plane[i], i ? 128 : 16, size);
  }
  picture->age = calloc((size_t)picture->columns * (size_t)picture->rows, 1);
  picture->band = aligned_alloc(ALIGNMENT, (size_t)picture->stride[0] * MACROBLOCK * 2);
  if (picture->plane[0] && picture->plane[1] && picture->plane[2] && picture->age && picture->band) return true;
  picture_close(picture);
  return false;
}

void picture_close(struct Picture *picture) {
  for (int i = 0; i < 3; i++) free(picture->plane[i]);
  free(picture->age);
  free(picture->band);
  memset(picture, 0, sizeof *picture);
}

/** Inlined for whole macroblocks, whose length is then known: each line is compared, or copied, in an instruction or two. */
#define SPECIALIZED static inline __attribute__((always_inline))

SPECIALIZED bool lines_differ(const uint8_t *a, int a_stride, const uint8_t *b, int b_stride, size_t width,
                                int height) {
  for (int y = 0; y < height; y++)
    if (memcmp(a + y * a_stride, b + y * b_stride, width) != 0) return true;
  return false;
}

SPECIALIZED void copy_lines(uint8_t *to, int to_stride, const uint8_t *from, int from_stride, size_t width,
                              int height) {
  for (int y = 0; y < height; y++) memcpy(to + y * to_stride, from + y * from_stride, width);
}

/** Compares one macroblock of the band with the picture at (x, y) and takes it over if it differs. */
SPECIALIZED bool take_block(struct Picture *p, const uint8_t *const band[3], int x, int y, int band_x, size_t width,
                              int height) {
  const uint8_t *from[3] = {band[0] + band_x, band[1] + band_x / 2, band[2] + band_x / 2};
  uint8_t *to[3] = {p->plane[0] + y * p->stride[0] + x, p->plane[1] + y / 2 * p->stride[1] + x / 2,
                    p->plane[2] + y / 2 * p->stride[2] + x / 2};
  int luma = p->stride[0], chroma = p->stride[1];
  if (!lines_differ(from[0], luma, to[0], luma, width, height) &&
      !lines_differ(from[1], chroma, to[1], chroma, width / 2, height / 2) &&
      !lines_differ(from[2], chroma, to[2], chroma, width / 2, height / 2))
    return false;
  copy_lines(to[0], luma, from[0], luma, width, height);
  copy_lines(to[1], chroma, from[1], chroma, width / 2, height / 2);
  copy_lines(to[2], chroma, from[2], chroma, width / 2, height / 2);
  return true;
}

/** Compares a freshly converted band of macroblocks with the picture. @return how many differ. */
static int take_band(struct Picture *p, struct Rect rect, const uint8_t *const band[3]) {
  int changed = 0;
  uint8_t *age = p->age + rect.y / MACROBLOCK * p->columns + rect.x / MACROBLOCK;
  for (int x = 0; x < rect.width; x += MACROBLOCK, age++) {
    int width = rect.width - x < MACROBLOCK ? rect.width - x : MACROBLOCK;
    bool whole = width == MACROBLOCK && rect.height == MACROBLOCK;
    bool differs = whole ? take_block(p, band, rect.x + x, rect.y, x, MACROBLOCK, MACROBLOCK)
                         : take_block(p, band, rect.x + x, rect.y, x, (size_t)width, rect.height);
    if (!differs) continue;
    *age = 0;
    changed++;
  }
  return changed;
}

int picture_update(struct Picture *p, struct Rect rect, const uint8_t *pixels, int stride) {
  uint8_t *y = p->band, *u = y + p->stride[0] * MACROBLOCK, *v = u + p->stride[1] * HALF;
  const uint8_t *const band[3] = {y, u, v};
  int changed = 0;
  for (int top = 0; top < rect.height; top += MACROBLOCK) {
    int height = rect.height - top < MACROBLOCK ? rect.height - top : MACROBLOCK;
    ARGBToI420(pixels + (size_t)top * (size_t)stride, stride, y, p->stride[0], u, p->stride[1], v, p->stride[2],
               rect.width, height);
    changed += take_band(p, (struct Rect){rect.x, rect.y + top, rect.width, height}, band);
  }
  return changed;
}

void picture_grow_older(struct Picture *picture) {
  int count = picture->columns * picture->rows;
  for (int i = 0; i < count; i++) picture->age[i] = (uint8_t)(picture->age[i] + (picture->age[i] < UINT8_MAX));
}
