#include "damage_map.h"

#include "check.h"

#define WIDTH 200 /* 12.5 macroblocks */
#define HEIGHT 100

static struct Rect rects[DAMAGE_RECTS_MAX];

static void check_rect(struct Rect r, int x, int y, int width, int height) {
  CHECK_EQUAL(r.x, x);
  CHECK_EQUAL(r.y, y);
  CHECK_EQUAL(r.width, width);
  CHECK_EQUAL(r.height, height);
}

static void grows_to_macroblocks_and_stops_at_the_edge(struct DamageMap *map) {
  damage_map_mark(map, (struct Rect){17, 5, 1, 1});
  CHECK_EQUAL(damage_map_take(map, rects, HEIGHT), 1);
  check_rect(rects[0], 16, 0, 16, 16);
  damage_map_mark(map, (struct Rect){190, 90, 500, 500});
  damage_map_mark(map, (struct Rect){-50, -50, 60, 60});
  CHECK_EQUAL(damage_map_take(map, rects, HEIGHT), 2);
  check_rect(rects[0], 0, 0, 16, 16);
  check_rect(rects[1], 176, 80, 24, 20);
  CHECK_EQUAL(damage_map_take(map, rects, HEIGHT), 0);
}

static void ignores_what_is_outside(struct DamageMap *map) {
  damage_map_mark(map, (struct Rect){WIDTH, 0, 10, 10});
  damage_map_mark(map, (struct Rect){0, -20, 10, 20});
  damage_map_mark(map, (struct Rect){0, 0, 0, 10});
  CHECK_EQUAL(damage_map_take(map, rects, HEIGHT), 0);
}

static void keeps_distant_parts_apart_and_joins_near_ones(struct DamageMap *map) {
  damage_map_mark(map, (struct Rect){0, 0, 16, 32});
  damage_map_mark(map, (struct Rect){176, 0, 16, 32});
  CHECK_EQUAL(damage_map_take(map, rects, HEIGHT), 2);
  check_rect(rects[0], 0, 0, 16, 32);
  check_rect(rects[1], 176, 0, 16, 32);
  damage_map_mark(map, (struct Rect){0, 0, 16, 16});
  damage_map_mark(map, (struct Rect){48, 0, 16, 16});
  CHECK_EQUAL(damage_map_take(map, rects, HEIGHT), 1);
  check_rect(rects[0], 0, 0, 64, 16);
}

static void cuts_into_bands(struct DamageMap *map) {
  damage_map_mark(map, (struct Rect){0, 0, WIDTH, HEIGHT});
  CHECK_EQUAL(damage_map_take(map, rects, 48), 3);
  check_rect(rects[0], 0, 0, WIDTH, 48);
  check_rect(rects[1], 0, 48, WIDTH, 48);
  check_rect(rects[2], 0, 96, WIDTH, 4);
}

/** A checkerboard has more parts than there is room for: the rows are then taken whole. */
static void never_writes_more_than_its_capacity(void) {
  struct DamageMap map;
  CHECK(damage_map_open(&map, 1600, 320));
  for (int row = 0; row < 20; row++)
    for (int column = row % 2 * 6; column < 100; column += 12)
      damage_map_mark(&map, (struct Rect){column * 16, row * 16, 16, 16});
  int count = damage_map_take(&map, rects, 320);
  CHECK(count > 0 && count <= 20);
  damage_map_close(&map);
}

int main(void) {
  struct DamageMap map;
  CHECK(damage_map_open(&map, WIDTH, HEIGHT));
  grows_to_macroblocks_and_stops_at_the_edge(&map);
  ignores_what_is_outside(&map);
  keeps_distant_parts_apart_and_joins_near_ones(&map);
  cuts_into_bands(&map);
  never_writes_more_than_its_capacity();
  damage_map_close(&map);
}
