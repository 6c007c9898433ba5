#include "scaled_picture.h"

#include <string.h>

#include "check.h"

#define WIDTH 640
#define HEIGHT 360

static struct Picture source;
static struct ScaledPicture scaled;

static void begin(int percent) {
  CHECK(picture_open(&source, WIDTH, HEIGHT));
  CHECK(scaled_picture_open(&scaled, &source, percent));
  memset(source.age, 9, (size_t)source.columns * (size_t)source.rows);
}

static void end(void) {
  scaled_picture_close(&scaled);
  picture_close(&source);
}

static void sizes_are_even(void) {
  for (int percent = 25; percent < 100; percent++) {
    begin(percent);
    CHECK_EQUAL(scaled.picture.width % 2, 0);
    CHECK_EQUAL(scaled.picture.height % 2, 0);
    CHECK(scaled.picture.width <= WIDTH * percent / 100);
    CHECK(scaled.picture.width >= WIDTH * percent / 100 - 1);
    scaled_picture_update(&scaled, &source, true);
    end();
  }
}

static void shows_the_same_smaller(void) {
  begin(50);
  for (int y = 0; y < HEIGHT; y++) memset(source.plane[0] + y * source.stride[0], y < HEIGHT / 2 ? 40 : 200, WIDTH);
  scaled_picture_update(&scaled, &source, true);
  const struct Picture *p = &scaled.picture;
  CHECK_EQUAL(p->plane[0][10 * p->stride[0] + 300], 40);
  CHECK_EQUAL(p->plane[0][170 * p->stride[0] + 5], 200);
  memset(source.plane[0], 99, WIDTH);
  scaled_picture_update(&scaled, &source, false);
  CHECK_EQUAL(p->plane[0][0], 40);
  end();
}

static void is_as_young_as_what_it_shows(void) {
  begin(75);
  /* Pixels 320 to 335 of 160 to 175 become 240 to 251 of 120 to 131: blocks 15 by 7 and 8. */
  source.age[10 * source.columns + 20] = 0;
  scaled_picture_update(&scaled, &source, true);
  const struct Picture *p = &scaled.picture;
  CHECK_EQUAL(p->age[7 * p->columns + 15], 0);
  CHECK_EQUAL(p->age[8 * p->columns + 15], 0);
  CHECK_EQUAL(p->age[7 * p->columns + 17], 9);
  CHECK_EQUAL(p->age[5 * p->columns + 15], 9);
  int young = 0;
  for (int i = 0; i < p->columns * p->rows; i++) young += p->age[i] == 0;
  CHECK(young <= 9);
  end();
}

int main(void) {
  sizes_are_even();
  shows_the_same_smaller();
  is_as_young_as_what_it_shows();
}
