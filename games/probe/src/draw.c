#include "draw.h"

#include <X11/Xutil.h>
#include <stdlib.h>
#include <string.h>

// Geometry, in pixels: the same numbers stand in readout.ts.
enum {
  CELL = 16,
  CODE_BITS = 32,
  CODES = 6,
  CODE_X = 16,
  CODE_Y = 16,
  CODE_STEP = 24,
  BLOCK = 128,
  BLOCK_Y = 560,
  BLOCK_STEP = 160,
  BLOCK_X = 16,
  FLASH_X = 704,
  BUSY_X = 560,
  BUSY_Y = 32,
  BUSY_WIDTH = 704,
  BUSY_HEIGHT = 288,
  SPRITES = 12,
  TEXTURE_CELL = 8,
  GRAIN_CELL = 2,
};

static const unsigned long SEAT_COLOURS[COLOURS] = {0xd02020, 0x20c020, 0x3040e0, 0xe0d020, 0xd020d0, 0xe8e8e8};
static const unsigned long BACKGROUND = 0x182028;

struct canvas {
  Display *display;
  Window window;
  GC gc;
  Pixmap back;
  unsigned long blocks[SEATS + 1];  // the colours that the window shows
  Pixmap texture;  // twice the picture's height, so that any scroll offset is one copy
};

static void fill(struct canvas *c, Drawable target, unsigned long colour, int x, int y, int w, int h) {
  XSetForeground(c->display, c->gc, colour);
  XFillRectangle(c->display, target, c->gc, x, y, (unsigned)w, (unsigned)h);
}

// A linear congruential generator: the same texture on every machine.
static uint32_t next_random(uint32_t *seed) {
  *seed = *seed * 1664525u + 1013904223u;
  return *seed >> 8;
}

// Blocks of colour with a finer grain on each, about as hard to code as a game's floor or foliage.
static void draw_texture(struct canvas *c) {
  uint32_t *pixels = malloc(sizeof *pixels * PICTURE_WIDTH * PICTURE_HEIGHT);
  if (pixels == NULL) abort();
  uint32_t seed = 1;
  uint32_t blocks[PICTURE_WIDTH / TEXTURE_CELL];
  for (int y = 0; y < PICTURE_HEIGHT; y++) {
    uint32_t *row = pixels + y * PICTURE_WIDTH;
    if (y % GRAIN_CELL != 0) {
      memcpy(row, row - PICTURE_WIDTH, sizeof *row * PICTURE_WIDTH);
      continue;
    }
    for (int x = 0; x < PICTURE_WIDTH; x += GRAIN_CELL) {
      uint32_t *block = &blocks[x / TEXTURE_CELL];
      if (y % TEXTURE_CELL == 0 && x % TEXTURE_CELL == 0) *block = next_random(&seed) & 0x3f3f3f;
      const uint32_t grain = (next_random(&seed) & 0x1f) * 0x010101;
      for (int i = 0; i < GRAIN_CELL; i++) row[x + i] = *block + grain + 0x202020;
    }
  }
  XImage *image = XCreateImage(c->display, DefaultVisual(c->display, DefaultScreen(c->display)), 24, ZPixmap, 0,
                               (char *)pixels, PICTURE_WIDTH, PICTURE_HEIGHT, 32, 0);
  if (image == NULL) abort();
  XPutImage(c->display, c->texture, c->gc, image, 0, 0, 0, 0, PICTURE_WIDTH, PICTURE_HEIGHT);
  XPutImage(c->display, c->texture, c->gc, image, 0, 0, 0, PICTURE_HEIGHT, PICTURE_WIDTH, PICTURE_HEIGHT);
  XDestroyImage(image);  // and the pixels with it
}

struct canvas *canvas_open(Display *display, Window window) {
  struct canvas *c = calloc(1, sizeof *c);
  if (c == NULL) abort();
  const unsigned depth = (unsigned)DefaultDepth(display, DefaultScreen(display));
  c->display = display;
  c->window = window;
  c->gc = XCreateGC(display, window, 0, NULL);
  XSetGraphicsExposures(display, c->gc, False);
  c->back = XCreatePixmap(display, window, PICTURE_WIDTH, PICTURE_HEIGHT, depth);
  c->texture = XCreatePixmap(display, window, PICTURE_WIDTH, 2 * PICTURE_HEIGHT, depth);
  draw_texture(c);
  return c;
}

// 24 bits of value and 8 of check, most significant first: white is 1.
static void draw_code(struct canvas *c, int row, uint32_t value) {
  const uint32_t check = ((value >> 16) ^ (value >> 8) ^ value ^ 0x5a) & 0xff;
  const uint32_t bits = (value & 0xffffff) << 8 | check;
  const int y = CODE_Y + row * CODE_STEP;
  fill(c, c->back, 0x000000, CODE_X, y, CELL * CODE_BITS, CELL);
  for (int i = 0; i < CODE_BITS; i++) {
    if (bits >> (CODE_BITS - 1 - i) & 1) fill(c, c->back, 0xffffff, CODE_X + i * CELL, y, CELL, CELL);
  }
}

// Sprites that bounce across their area, one step a frame: a triangle wave of the frame number.
static int bounce(uint32_t t, int span) {
  const int at = (int)(t % (uint32_t)(2 * span));
  return at < span ? at : 2 * span - at;
}

static void draw_busy(struct canvas *c, uint32_t frame) {
  fill(c, c->back, 0x102040, BUSY_X, BUSY_Y, BUSY_WIDTH, BUSY_HEIGHT);
  for (uint32_t i = 0; i < SPRITES; i++) {
    const int size = 32 + (int)(i % 3) * 16;
    const int x = BUSY_X + bounce(frame * (3 + i % 4) + i * 97, BUSY_WIDTH - size);
    const int y = BUSY_Y + bounce(frame * (2 + i % 3) + i * 61, BUSY_HEIGHT - size);
    XCopyArea(c->display, c->texture, c->back, c->gc, (int)(i * 64), 0, (unsigned)size, (unsigned)size, x, y);
    fill(c, c->back, SEAT_COLOURS[i % COLOURS], x + 8, y + 8, size - 16, size - 16);
  }
}

static void show(struct canvas *c, int x, int y, int w, int h) {
  XCopyArea(c->display, c->back, c->window, c->gc, x, y, (unsigned)w, (unsigned)h, x, y);
}

static void draw_background(struct canvas *c, const struct state *s) {
  if (s->scene == SCENE_SCROLL) {
    const int offset = (int)(s->frame * 4 % PICTURE_HEIGHT);
    XCopyArea(c->display, c->texture, c->back, c->gc, 0, offset, PICTURE_WIDTH, PICTURE_HEIGHT, 0, 0);
  } else if (s->stale) {
    fill(c, c->back, BACKGROUND, 0, 0, PICTURE_WIDTH, PICTURE_HEIGHT);
  }
  if (s->scene == SCENE_BUSY) draw_busy(c, s->frame);
}

static void draw_codes(struct canvas *c, const struct state *s) {
  uint32_t held = 0;
  for (int seat = 0; seat < SEATS; seat++) held |= (uint32_t)s->held[seat] << seat;
  draw_code(c, 0, s->frame);
  draw_code(c, 1, (s->presses[0] & 0xfff) << 12 | (s->presses[1] & 0xfff));
  draw_code(c, 2, (s->presses[2] & 0xfff) << 12 | (s->presses[3] & 0xfff));
  draw_code(c, 3, (s->last_keycode & 0xff) << 16 | (s->last_button & 0xff) << 8 | (s->wheel & 0xff));
  draw_code(c, 4, ((uint32_t)s->pointer_x & 0xfff) << 12 | ((uint32_t)s->pointer_y & 0xfff));
  draw_code(c, 5, held << 8 | (uint32_t)s->scene);
}

// A seat's block, or the sync block behind the last of them; shown by itself when it has changed and the rest has not.
static void draw_block(struct canvas *c, int index, unsigned long colour, bool whole) {
  const int x = index < SEATS ? BLOCK_X + index * BLOCK_STEP : FLASH_X;
  fill(c, c->back, colour, x, BLOCK_Y, BLOCK, BLOCK);
  if (!whole && colour != c->blocks[index]) show(c, x, BLOCK_Y, BLOCK, BLOCK);
  c->blocks[index] = colour;
}

void canvas_draw(struct canvas *c, const struct state *s) {
  const bool whole = s->stale || s->scene == SCENE_SCROLL;
  draw_background(c, s);
  draw_codes(c, s);
  for (int seat = 0; seat < SEATS; seat++) draw_block(c, seat, SEAT_COLOURS[s->presses[seat] % COLOURS], whole);
  draw_block(c, SEATS, clock_now() < s->flash_until ? 0xffffff : 0x000000, whole);
  if (whole) {
    show(c, 0, 0, PICTURE_WIDTH, PICTURE_HEIGHT);
  } else {
    if (s->scene == SCENE_BUSY) show(c, BUSY_X, BUSY_Y, BUSY_WIDTH, BUSY_HEIGHT);
    show(c, CODE_X, CODE_Y, CELL * CODE_BITS, (CODES - 1) * CODE_STEP + CELL);
  }
  XFlush(c->display);
}

void canvas_close(struct canvas *c) {
  XFreePixmap(c->display, c->texture);
  XFreePixmap(c->display, c->back);
  XFreeGC(c->display, c->gc);
  free(c);
}
