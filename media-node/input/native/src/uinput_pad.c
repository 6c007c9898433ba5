#include "uinput_pad.h"

#include <errno.h>
#include <linux/uinput.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define VENDOR_MICROSOFT 0x045e
#define PRODUCT_XBOX_360 0x028e
#define VERSION_XBOX_360 0x0110

/* A change of everything is one report: buttons, sticks, triggers, hat and the mark of its end. */
#define MOST_EVENTS 32

static int plain_ioctl(int fd, unsigned long request, void *argument) { return ioctl(fd, request, argument); }
int (*uinput_ioctl)(int, unsigned long, void *) = plain_ioctl;

static const struct {
  int button;
  uint16_t code;
} BUTTONS[] = {{PAD_SOUTH, BTN_SOUTH},   {PAD_EAST, BTN_EAST}, {PAD_WEST, BTN_X},      {PAD_NORTH, BTN_Y},
               {PAD_L1, BTN_TL},         {PAD_R1, BTN_TR},     {PAD_SELECT, BTN_SELECT}, {PAD_START, BTN_START},
               {PAD_HOME, BTN_MODE},     {PAD_L3, BTN_THUMBL}, {PAD_R3, BTN_THUMBR}};
#define BUTTON_COUNT (sizeof BUTTONS / sizeof *BUTTONS)

static const struct {
  uint16_t code;
  int low, high, fuzz, flat;
} AXES[] = {{ABS_X, -32768, 32767, 16, 128},  {ABS_Y, -32768, 32767, 16, 128}, {ABS_RX, -32768, 32767, 16, 128},
            {ABS_RY, -32768, 32767, 16, 128}, {ABS_Z, 0, 255, 0, 0},           {ABS_RZ, 0, 255, 0, 0},
            {ABS_HAT0X, -1, 1, 0, 0},         {ABS_HAT0Y, -1, 1, 0, 0}};
#define AXIS_COUNT (sizeof AXES / sizeof *AXES)

static int bit(uint32_t buttons, int button) { return (int)(buttons >> button & 1u); }

/* In the order of AXES. */
static void axes_of(const struct pad_state *state, int values[AXIS_COUNT]) {
  for (int i = 0; i < 4; i++) values[i] = state->sticks[i];
  values[4] = state->triggers[0];
  values[5] = state->triggers[1];
  values[6] = bit(state->buttons, PAD_RIGHT) - bit(state->buttons, PAD_LEFT);
  values[7] = bit(state->buttons, PAD_DOWN) - bit(state->buttons, PAD_UP);
}

static int set(int fd, unsigned long request, int value) {
  return uinput_ioctl(fd, request, (void *)(intptr_t)value);
}

int uinput_pad_plug(struct uinput_pad *pad, int fd, int number) {
  int bad = set(fd, UI_SET_EVBIT, EV_KEY) | set(fd, UI_SET_EVBIT, EV_ABS) | set(fd, UI_SET_EVBIT, EV_FF) |
            set(fd, UI_SET_FFBIT, FF_RUMBLE);
  for (size_t i = 0; i < BUTTON_COUNT; i++) bad |= set(fd, UI_SET_KEYBIT, BUTTONS[i].code);
  for (size_t i = 0; i < AXIS_COUNT; i++) {
    struct uinput_abs_setup axis = {.code = AXES[i].code,
                                    .absinfo = {.minimum = AXES[i].low,
                                                .maximum = AXES[i].high,
                                                .fuzz = AXES[i].fuzz,
                                                .flat = AXES[i].flat}};
    bad |= set(fd, UI_SET_ABSBIT, AXES[i].code) | uinput_ioctl(fd, UI_ABS_SETUP, &axis);
  }
  struct uinput_setup setup = {
      .id = {.bustype = BUS_USB, .vendor = VENDOR_MICROSOFT, .product = PRODUCT_XBOX_360, .version = VERSION_XBOX_360},
      .ff_effects_max = UINPUT_EFFECTS};
  snprintf(setup.name, sizeof setup.name, "Nearcade Gamepad %d", number + 1);
  bad |= uinput_ioctl(fd, UI_DEV_SETUP, &setup);
  if (bad || uinput_ioctl(fd, UI_DEV_CREATE, NULL) != 0) return -1;
  memset(pad, 0, sizeof *pad);
  pad->fd = fd;
  pad->playing = -1;
  return 0;
}

static void add(struct input_event *events, size_t *count, uint16_t type, uint16_t code, int value) {
  events[(*count)++] = (struct input_event){.type = type, .code = code, .value = value};
}

int uinput_pad_show(struct uinput_pad *pad, const struct pad_state *state) {
  struct input_event events[MOST_EVENTS];
  size_t count = 0;
  uint32_t changed = state->buttons ^ pad->shown.buttons;
  for (size_t i = 0; i < BUTTON_COUNT; i++) {
    if (bit(changed, BUTTONS[i].button)) add(events, &count, EV_KEY, BUTTONS[i].code, bit(state->buttons, BUTTONS[i].button));
  }
  int before[AXIS_COUNT], now[AXIS_COUNT];
  axes_of(&pad->shown, before);
  axes_of(state, now);
  for (size_t i = 0; i < AXIS_COUNT; i++) {
    if (now[i] != before[i]) add(events, &count, EV_ABS, AXES[i].code, now[i]);
  }
  pad->shown = *state;
  if (count == 0) return 0;
  add(events, &count, EV_SYN, SYN_REPORT, 0);
  size_t size = count * sizeof *events;
  return write(pad->fd, events, size) == (ssize_t)size ? 0 : -1;
}

void uinput_pad_unplug(struct uinput_pad *pad) {
  if (pad->fd < 0) return;
  uinput_ioctl(pad->fd, UI_DEV_DESTROY, NULL);
  close(pad->fd);
  pad->fd = -1;
  pad->playing = -1;
}

/* The game's request waits in the kernel until it has its answer. */
static int uploaded(struct uinput_pad *pad, uint32_t request) {
  struct uinput_ff_upload upload = {.request_id = request};
  if (uinput_ioctl(pad->fd, UI_BEGIN_FF_UPLOAD, &upload) != 0) return 0;
  int id = upload.effect.id, known = id >= 0 && id < UINPUT_EFFECTS && upload.effect.type == FF_RUMBLE;
  if (known) {
    pad->effects[id] = (struct uinput_effect){.low = upload.effect.u.rumble.strong_magnitude,
                                              .high = upload.effect.u.rumble.weak_magnitude,
                                              .length = upload.effect.replay.length};
  }
  upload.retval = known ? 0 : -EINVAL;
  uinput_ioctl(pad->fd, UI_END_FF_UPLOAD, &upload);
  return known && pad->playing == id;
}

static int erased(struct uinput_pad *pad, uint32_t request) {
  struct uinput_ff_erase erase = {.request_id = request};
  if (uinput_ioctl(pad->fd, UI_BEGIN_FF_ERASE, &erase) != 0) return 0;
  int was_playing = pad->playing == (int)erase.effect_id;
  if (was_playing) pad->playing = -1;
  erase.retval = 0;
  uinput_ioctl(pad->fd, UI_END_FF_ERASE, &erase);
  return was_playing;
}

static int played(struct uinput_pad *pad, int id, int times, long now) {
  if (id < 0 || id >= UINPUT_EFFECTS) return 0;
  if (times <= 0) {
    if (pad->playing != id) return 0;
    pad->playing = -1;
    return 1;
  }
  pad->playing = id;
  pad->ends_at = pad->effects[id].length == 0 ? 0 : now + (long)pad->effects[id].length;
  return 1;
}

int uinput_pad_hear(struct uinput_pad *pad, long now) {
  struct input_event event;
  if (read(pad->fd, &event, sizeof event) != sizeof event) return -1;
  if (event.type == EV_UINPUT && event.code == UI_FF_UPLOAD) return uploaded(pad, (uint32_t)event.value);
  if (event.type == EV_UINPUT && event.code == UI_FF_ERASE) return erased(pad, (uint32_t)event.value);
  return event.type == EV_FF ? played(pad, event.code, event.value, now) : 0;
}

int uinput_pad_tick(struct uinput_pad *pad, long now) {
  if (pad->playing < 0 || pad->ends_at == 0 || now < pad->ends_at) return 0;
  pad->playing = -1;
  return 1;
}

struct uinput_effect uinput_pad_motors(const struct uinput_pad *pad) {
  return pad->fd < 0 || pad->playing < 0 ? (struct uinput_effect){0} : pad->effects[pad->playing];
}
