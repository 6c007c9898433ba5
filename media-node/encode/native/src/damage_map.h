#ifndef NEARCADE_DAMAGE_MAP_H
#define NEARCADE_DAMAGE_MAP_H
#include "picture.h"

/**
 * More rectangles than this cost more in requests to the X server than the pixels between them: then each row of
 * macroblocks is taken from its first damaged one to its last.
 */
#define DAMAGE_RECTS_MAX 96

/** Which macroblocks of a picture the X server has drawn on. */
struct DamageMap {
  int width, height; /**< pixels */
  int columns, rows;
  uint8_t *damaged; /**< columns * rows */
};

bool damage_map_open(struct DamageMap *map, int width, int height);
void damage_map_close(struct DamageMap *map);
/** Marks what a rectangle touches; it may reach outside the picture. */
void damage_map_mark(struct DamageMap *map, struct Rect rect);
/**
 * Writes the damage as rectangles that do not overlap, on macroblocks, cut at the picture's edge, none higher than
 * `band_height` pixels, and clears the map.
 * @param rects room for DAMAGE_RECTS_MAX or, if that is more, one for each row of macroblocks
 */
int damage_map_take(struct DamageMap *map, struct Rect *rects, int band_height);
/** How many rectangles `damage_map_take` may write. */
int damage_map_capacity(const struct DamageMap *map);

#endif
