// Draws the state: bar codes, seat blocks and the moving part of the scene. games/probe/readout.ts reads them back.
#ifndef PROBE_DRAW_H
#define PROBE_DRAW_H

#include <X11/Xlib.h>

#include "state.h"

// Pixels: the smallest window that holds everything; a larger one is black beside it.
enum { PICTURE_WIDTH = 1280, PICTURE_HEIGHT = 720 };

struct canvas;

struct canvas *canvas_open(Display *display, Window window);
// Draws the state into a back buffer and copies to the window what differs from before, the bar codes last: a capture that
// sees a frame's number sees all of that frame.
void canvas_draw(struct canvas *canvas, const struct state *state);
void canvas_close(struct canvas *canvas);

#endif
