#include "picture.h"

#include <string.h>

#include "check.h"

#define WIDTH 72 /* 4.5 macroblocks */
#define HEIGHT 38

static uint32_t pixels[WIDTH * HEIGHT];

static void fill(uint32_t colour) {
  for (int i = 0; i < WIDTH * HEIGHT; i++) pixels[i] = colour;
}

static int update(struct Picture *p, struct Rect r) {
  return picture_update(p, r, (const uint8_t *)&pixels[r.y * WIDTH + r.x], WIDTH * 4);
}

int main(void) {
  struct Picture p;
  CHECK(picture_open(&p, WIDTH, HEIGHT));
  CHECK_EQUAL(p.columns, 5);
  CHECK_EQUAL(p.rows, 3);
  const struct Rect all = {0, 0, WIDTH, HEIGHT};

  fill(0xffffff);
  CHECK_EQUAL(update(&p, all), 15);
  CHECK_EQUAL(p.plane[0][0], 235);
  CHECK_EQUAL(p.plane[0][(HEIGHT - 1) * p.stride[0] + WIDTH - 1], 235);
  CHECK_EQUAL(p.plane[1][(HEIGHT / 2 - 1) * p.stride[1] + WIDTH / 2 - 1], 128);
  CHECK_EQUAL(update(&p, all), 0);

  picture_grow_older(&p);
  for (int i = 0; i < 15; i++) CHECK_EQUAL(p.age[i], 1);

  /* One pixel of the cropped macroblock in the corner. */
  pixels[(HEIGHT - 1) * WIDTH + WIDTH - 1] = 0;
  CHECK_EQUAL(update(&p, (struct Rect){64, 32, 8, 6}), 1);
  CHECK_EQUAL(p.age[14], 0);
  CHECK_EQUAL(p.age[13], 1);

  /* Only the colour differs: same luma, other chroma. */
  fill(0x808080);
  update(&p, all);
  picture_grow_older(&p);
  fill(0xff0000);
  CHECK_EQUAL(update(&p, (struct Rect){16, 16, 32, 16}), 2);
  CHECK_EQUAL(p.plane[0][16 * p.stride[0] + 16], 82);
  CHECK_EQUAL(p.plane[1][8 * p.stride[1] + 8], 90);
  CHECK_EQUAL(p.plane[2][8 * p.stride[2] + 8], 239);
  CHECK_EQUAL(p.plane[0][16 * p.stride[0] + 15], 126);

  for (int i = 0; i < 300; i++) picture_grow_older(&p);
  CHECK_EQUAL(p.age[0], 255);
  picture_close(&p);
}
