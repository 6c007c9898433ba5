// Tells when key presses reach the clients of an X server, as a game that plays on it hears of them.
//
//   x-presses
//
// Asks $DISPLAY for the key presses of every window that there is, beside whoever else has asked: the server tells all of
// them in one go. Prints a line "ready", then for each press a line with CLOCK_MONOTONIC in nanoseconds.
#define _POSIX_C_SOURCE 199309L // clock_gettime(2)
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <xcb/xcb.h>

static int64_t now_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

static void listen_below(xcb_connection_t *c, xcb_window_t window) {
  uint32_t mask = XCB_EVENT_MASK_KEY_PRESS;
  xcb_change_window_attributes(c, window, XCB_CW_EVENT_MASK, &mask);
  xcb_query_tree_reply_t *tree = xcb_query_tree_reply(c, xcb_query_tree(c, window), NULL);
  if (tree == NULL) return; // it went away meanwhile
  const xcb_window_t *children = xcb_query_tree_children(tree);
  for (int i = 0; i < xcb_query_tree_children_length(tree); i++) listen_below(c, children[i]);
  free(tree);
}

int main(void) {
  setvbuf(stdout, NULL, _IOLBF, 0);
  xcb_connection_t *c = xcb_connect(NULL, NULL);
  if (xcb_connection_has_error(c)) {
    fputs("x-presses: no display\n", stderr);
    return 1;
  }
  listen_below(c, xcb_setup_roots_iterator(xcb_get_setup(c)).data->root);
  xcb_flush(c);
  puts("ready");
  xcb_generic_event_t *event;
  while ((event = xcb_wait_for_event(c)) != NULL) {
    // A press that comes by way of a window and its parent is told once: only windows that nobody asks for hand it on.
    if ((event->response_type & 0x7f) == XCB_KEY_PRESS) printf("%" PRId64 "\n", now_ns());
    free(event);
  }
  return 0;
}
