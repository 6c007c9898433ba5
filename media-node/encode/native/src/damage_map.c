#include "damage_map.h"

#include <stdlib.h>
#include <string.h>

/** Damaged runs with fewer undamaged macroblocks than this between them are grabbed as one. */
#define GAP_WORTH_SKIPPING 4

bool damage_map_open(struct DamageMap *map, int width, int height) {
  map->width = width;
  map->height = height;
  map->columns = (width + MACROBLOCK - 1) / MACROBLOCK;
  map->rows = (height + MACROBLOCK - 1) / MACROBLOCK;
  map->damaged = calloc((size_t)map->columns * (size_t)map->rows, 1);
  return map->damaged != NULL;
}

void damage_map_close(struct DamageMap *map) {
  free(map->damaged);
  memset(map, 0, sizeof *map);
}

static int clamp(int value, int low, int high) { return value < low ? low : value > high ? high : value; }

void damage_map_mark(struct DamageMap *map, struct Rect rect) {
  int left = clamp(rect.x, 0, map->width), right = clamp(rect.x + rect.width, 0, map->width);
  int top = clamp(rect.y, 0, map->height), bottom = clamp(rect.y + rect.height, 0, map->height);
  if (left >= right || top >= bottom) return;
  int first = left / MACROBLOCK, last = (right - 1) / MACROBLOCK;
  for (int row = top / MACROBLOCK; row <= (bottom - 1) / MACROBLOCK; row++)
    memset(map->damaged + row * map->columns + first, 1, (size_t)(last - first + 1));
}

int damage_map_capacity(const struct DamageMap *map) {
  return map->rows > DAMAGE_RECTS_MAX ? map->rows : DAMAGE_RECTS_MAX;
}

/** The next damaged run at or after *column; gaps up to `gap` are passed over. False: none is left in the row. */
static bool next_run(const uint8_t *row, int columns, int gap, int *column, int *first, int *last) {
  int at = *column;
  while (at < columns && !row[at]) at++;
  if (at == columns) return false;
  *first = *last = at;
  for (int i = at + 1; i < columns && i - *last <= gap; i++)
    if (row[i]) *last = i;
  *column = *last + 1;
  return true;
}

/** Lengthens the rectangle that ends where this run begins and has the same columns, if there is one. */
static bool extends(struct Rect *rects, int count, struct Rect run, int band_height) {
  for (int i = count - 1; i >= 0; i--) {
    struct Rect *above = &rects[i];
    if (above->x != run.x || above->width != run.width || above->y + above->height != run.y) continue;
    if (above->height + run.height > band_height) return false;
    above->height += run.height;
    return true;
  }
  return false;
}

/** @return the number of rectangles, or -1 if there would be more than the capacity. */
static int collect(const struct DamageMap *map, struct Rect *rects, int band_height, int gap) {
  int count = 0, capacity = damage_map_capacity(map);
  for (int row = 0; row < map->rows; row++) {
    const uint8_t *cells = map->damaged + row * map->columns;
    int column = 0, first, last;
    while (next_run(cells, map->columns, gap, &column, &first, &last)) {
      int x = first * MACROBLOCK, y = row * MACROBLOCK;
      struct Rect run = {x, y, clamp((last + 1) * MACROBLOCK, 0, map->width) - x,
                         clamp(y + MACROBLOCK, 0, map->height) - y};
      if (extends(rects, count, run, band_height)) continue;
      if (count == capacity) return -1;
      rects[count++] = run;
    }
  }
  return count;
}

int damage_map_take(struct DamageMap *map, struct Rect *rects, int band_height) {
  int count = collect(map, rects, band_height, GAP_WORTH_SKIPPING);
  if (count < 0) count = collect(map, rects, band_height, map->columns);
  memset(map->damaged, 0, (size_t)map->columns * (size_t)map->rows);
  return count;
}
