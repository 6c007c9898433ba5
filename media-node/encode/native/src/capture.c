#include "capture.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <xcb/xtest.h>

#include "clock.h"

#define BYTES_PER_PIXEL 4
/**
 * A grab is asked for in bands of this height, all at once: while the X server copies one, the one before it is
 * converted. Higher bands overlap less, lower ones cost more requests.
 */
#define BAND_HEIGHT 192

static bool has_extension(xcb_connection_t *c, xcb_extension_t *extension, uint8_t *first_event) {
  const xcb_query_extension_reply_t *reply = xcb_get_extension_data(c, extension);
  if (!reply || !reply->present) return false;
  if (first_event) *first_event = reply->first_event;
  return true;
}

/** The servers want to be told which version we speak before anything else. */
static bool agree_on_versions(xcb_connection_t *c) {
  xcb_damage_query_version_cookie_t damage = xcb_damage_query_version(c, 1, 1);
  xcb_xfixes_query_version_cookie_t xfixes = xcb_xfixes_query_version(c, 5, 0);
  xcb_shm_query_version_cookie_t shm = xcb_shm_query_version(c);
  xcb_damage_query_version_reply_t *damage_reply = xcb_damage_query_version_reply(c, damage, NULL);
  xcb_xfixes_query_version_reply_t *xfixes_reply = xcb_xfixes_query_version_reply(c, xfixes, NULL);
  xcb_shm_query_version_reply_t *shm_reply = xcb_shm_query_version_reply(c, shm, NULL);
  /* 1.2 shares memory by file descriptor: nothing is left behind in System V IPC, no common IPC namespace is needed. */
  bool shm_by_fd = shm_reply && (shm_reply->major_version > 1 || shm_reply->minor_version >= 2);
  bool agreed = damage_reply && xfixes_reply && shm_by_fd;
  free(damage_reply);
  free(xfixes_reply);
  free(shm_reply);
  return agreed;
}

const char *capture_open(struct Capture *capture) {
  memset(capture, 0, sizeof *capture);
  int number;
  xcb_connection_t *c = capture->connection = xcb_connect(NULL, &number);
  if (xcb_connection_has_error(c)) return "cannot connect to the X server named by DISPLAY";
  if (!has_extension(c, &xcb_shm_id, NULL) || !has_extension(c, &xcb_xfixes_id, NULL) ||
      !has_extension(c, &xcb_test_id, NULL) || !has_extension(c, &xcb_damage_id, &capture->damage_event) ||
      !agree_on_versions(c))
    return "the X server lacks MIT-SHM 1.2, XFIXES, XTEST or DAMAGE";
  /* A game that grabs the server, and forgets or means it, does not stop the picture (XTEST 2.2, XTestGrabControl). */
  xcb_test_grab_control(c, true);
  capture->damage_event += XCB_DAMAGE_NOTIFY;

  xcb_screen_iterator_t screens = xcb_setup_roots_iterator(xcb_get_setup(c));
  for (; number > 0 && screens.rem > 1; number--) xcb_screen_next(&screens);
  if (screens.data->root_depth != 24 && screens.data->root_depth != 32) return "the X screen is not 24 bits deep";
  capture->root = screens.data->root;
  uint32_t mask = XCB_EVENT_MASK_STRUCTURE_NOTIFY;
  xcb_change_window_attributes(c, capture->root, XCB_CW_EVENT_MASK, &mask);
  xcb_get_geometry_reply_t *geometry = xcb_get_geometry_reply(c, xcb_get_geometry(c, capture->root), NULL);
  if (!geometry) return "the X server does not tell the size of its screen";
  capture->screen_width = geometry->width;
  capture->screen_height = geometry->height;
  free(geometry);
  return NULL;
}

void capture_close(struct Capture *capture) {
  if (!capture->connection) return;
  capture_stop(capture);
  xcb_disconnect(capture->connection);
  capture->connection = NULL;
}

/** Memory that both we and the X server see. @return NULL or why not. */
static const char *share_memory(struct Capture *capture, size_t size) {
  int fd = memfd_create("nearcade-media", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  if (fd < 0) return "memfd_create failed";
  void *pixels = ftruncate(fd, (off_t)size) == 0
                     ? mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd, 0)
                     : MAP_FAILED;
  if (pixels == MAP_FAILED) {
    close(fd);
    return "no memory for the captured picture";
  }
  capture->pixels = pixels;
  capture->pixels_size = size;
  capture->segment = xcb_generate_id(capture->connection);
  /* xcb closes fd once it is sent. */
  xcb_void_cookie_t cookie = xcb_shm_attach_fd_checked(capture->connection, capture->segment, fd, 0);
  xcb_generic_error_t *error = xcb_request_check(capture->connection, cookie);
  if (!error) return NULL;
  free(error);
  capture->segment = 0;
  return "the X server refused shared memory";
}

const char *capture_start(struct Capture *capture, int width, int height) {
  xcb_connection_t *c = capture->connection;
  if (!damage_map_open(&capture->map, width, height)) return "no memory for the damage map";
  size_t most = (size_t)damage_map_capacity(&capture->map);
  capture->rects = calloc(most, sizeof *capture->rects);
  capture->pending = calloc(most, sizeof *capture->pending);
  if (!capture->rects || !capture->pending) {
    capture_stop(capture);
    return "no memory for the damage map";
  }
  const char *problem = share_memory(capture, (size_t)width * (size_t)height * BYTES_PER_PIXEL);
  if (problem) {
    capture_stop(capture);
    return problem;
  }
  capture->region = xcb_generate_id(c);
  xcb_xfixes_create_region(c, capture->region, 0, NULL);
  capture->damage = xcb_generate_id(c);
  xcb_damage_create(c, capture->damage, capture->root, XCB_DAMAGE_REPORT_LEVEL_NON_EMPTY);
  xcb_flush(c);
  capture_mark_all(capture);
  return NULL;
}

void capture_stop(struct Capture *capture) {
  xcb_connection_t *c = capture->connection;
  if (capture->damage) xcb_damage_destroy(c, capture->damage);
  if (capture->region) xcb_xfixes_destroy_region(c, capture->region);
  if (capture->segment) xcb_shm_detach(c, capture->segment);
  xcb_flush(c);
  if (capture->pixels) munmap(capture->pixels, capture->pixels_size);
  free(capture->rects);
  free(capture->pending);
  damage_map_close(&capture->map);
  capture->damage = capture->region = capture->segment = 0;
  capture->pixels = NULL;
  capture->rects = NULL;
  capture->pending = NULL;
}

int capture_poll(struct Capture *capture) {
  int seen = 0;
  xcb_generic_event_t *event;
  while ((event = xcb_poll_for_event(capture->connection))) {
    uint8_t type = event->response_type & 0x7f;
    if (type == capture->damage_event) {
      if (((xcb_damage_notify_event_t *)event)->damage == capture->damage) seen |= CAPTURE_DAMAGED;
    } else if (type == XCB_CONFIGURE_NOTIFY) {
      xcb_configure_notify_event_t *configure = (xcb_configure_notify_event_t *)event;
      bool resized = configure->width != capture->screen_width || configure->height != capture->screen_height;
      if (configure->window == capture->root && resized) {
        capture->screen_width = configure->width;
        capture->screen_height = configure->height;
        seen |= CAPTURE_SCREEN_CHANGED;
      }
    }
    free(event);
  }
  if (xcb_connection_has_error(capture->connection)) seen |= CAPTURE_LOST;
  return seen;
}

void capture_mark_all(struct Capture *capture) {
  damage_map_mark(&capture->map, (struct Rect){0, 0, capture->map.width, capture->map.height});
}

/** Moves the X server's damage into the map. What is drawn from here on is reported anew. */
static bool take_damage(struct Capture *capture) {
  xcb_connection_t *c = capture->connection;
  xcb_damage_subtract(c, capture->damage, XCB_NONE, capture->region);
  xcb_xfixes_fetch_region_cookie_t cookie = xcb_xfixes_fetch_region(c, capture->region);
  xcb_xfixes_fetch_region_reply_t *reply = xcb_xfixes_fetch_region_reply(c, cookie, NULL);
  if (!reply) return false;
  const xcb_rectangle_t *rects = xcb_xfixes_fetch_region_rectangles(reply);
  int count = xcb_xfixes_fetch_region_rectangles_length(reply);
  for (int i = 0; i < count; i++)
    damage_map_mark(&capture->map, (struct Rect){rects[i].x, rects[i].y, rects[i].width, rects[i].height});
  free(reply);
  return true;
}

/** A screen made smaller than the picture has no pixels beyond its edge, and asking for them is an error. */
static struct Rect cut_at_screen(const struct Capture *capture, struct Rect rect) {
  int right = capture->screen_width & ~1, bottom = capture->screen_height & ~1;
  if (rect.x + rect.width > right) rect.width = right - rect.x;
  if (rect.y + rect.height > bottom) rect.height = bottom - rect.y;
  return rect;
}

/** Asks for all rectangles at once; each lands behind the one before it in the shared memory. */
static int ask_for_pixels(struct Capture *capture) {
  int count = damage_map_take(&capture->map, capture->rects, BAND_HEIGHT), kept = 0;
  uint32_t offset = 0;
  for (int i = 0; i < count; i++) {
    struct Rect r = cut_at_screen(capture, capture->rects[i]);
    if (r.width <= 0 || r.height <= 0) continue;
    capture->rects[kept] = r;
    capture->pending[kept++] = xcb_shm_get_image(
        capture->connection, capture->root, (int16_t)r.x, (int16_t)r.y, (uint16_t)r.width, (uint16_t)r.height,
        UINT32_MAX, XCB_IMAGE_FORMAT_Z_PIXMAP, capture->segment, offset);
    offset += (uint32_t)(r.width * r.height * BYTES_PER_PIXEL);
  }
  xcb_flush(capture->connection);
  return kept;
}

bool capture_grab(struct Capture *capture, struct Picture *picture, struct GrabResult *result) {
  memset(result, 0, sizeof *result);
  int64_t start = monotonic_ns();
  if (!take_damage(capture)) return false;
  int count = ask_for_pixels(capture);
  const uint8_t *pixels = capture->pixels;
  for (int i = 0; i < count; i++) {
    struct Rect r = capture->rects[i];
    xcb_shm_get_image_reply_t *reply = xcb_shm_get_image_reply(capture->connection, capture->pending[i], NULL);
    int64_t arrived = monotonic_ns();
    result->wait_ns += arrived - start;
    /* No reply although the server lives: the screen shrank a moment ago. Its new size, once read, marks all. */
    if (reply) result->changed += picture_update(picture, r, pixels, r.width * BYTES_PER_PIXEL);
    free(reply);
    pixels += (size_t)(r.width * r.height * BYTES_PER_PIXEL);
    start = monotonic_ns();
    result->convert_ns += start - arrived;
  }
  return !xcb_connection_has_error(capture->connection);
}
