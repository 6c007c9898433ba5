#include "scaled_picture.h"

#include <libyuv/scale.h>
#include <string.h>

/** Pixels of the source beyond a macroblock's own that the filter mixes in. */
#define FILTER_MARGIN 2

static int even_part(int side, int percent) {
  int part = side * percent / 100 & ~1;
  return part < MACROBLOCK ? MACROBLOCK : part;
}

bool scaled_picture_open(struct ScaledPicture *scaled, const struct Picture *source, int percent) {
  return picture_open(&scaled->picture, even_part(source->width, percent), even_part(source->height, percent));
}

void scaled_picture_close(struct ScaledPicture *scaled) { picture_close(&scaled->picture); }

/** First and last macroblock of the source that block `index` of the copy is made of, along one side. */
static void covered(int index, int side, int source_side, int source_blocks, int *first, int *last) {
  int from = index * MACROBLOCK * source_side / side - FILTER_MARGIN;
  int to = (index + 1) * MACROBLOCK * source_side / side + FILTER_MARGIN;
  *first = from < 0 ? 0 : from / MACROBLOCK;
  *last = to / MACROBLOCK < source_blocks ? to / MACROBLOCK : source_blocks - 1;
}

/** A block is as old as the youngest that it is made of. */
static void follow_ages(struct Picture *p, const struct Picture *source) {
  for (int row = 0; row < p->rows; row++) {
    int top, bottom;
    covered(row, p->height, source->height, source->rows, &top, &bottom);
    for (int column = 0; column < p->columns; column++) {
      int left, right;
      covered(column, p->width, source->width, source->columns, &left, &right);
      uint8_t youngest = UINT8_MAX;
      for (int y = top; y <= bottom; y++)
        for (int x = left; x <= right; x++)
          if (source->age[y * source->columns + x] < youngest) youngest = source->age[y * source->columns + x];
      p->age[row * p->columns + column] = youngest;
    }
  }
}

void scaled_picture_update(struct ScaledPicture *scaled, const struct Picture *source, bool changed) {
  struct Picture *p = &scaled->picture;
  follow_ages(p, source);
  if (!changed) return;
  I420Scale(source->plane[0], source->stride[0], source->plane[1], source->stride[1], source->plane[2],
            source->stride[2], source->width, source->height, p->plane[0], p->stride[0], p->plane[1], p->stride[1],
            p->plane[2], p->stride[2], p->width, p->height, kFilterBox);
}
