#undef NDEBUG
#include <assert.h>
#include <linux/uinput.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "uinput_pad.h"

/* What uinput was asked, by a stand-in: this program runs where there is none. */
static struct {
  unsigned long request;
  uint8_t bytes[128];
  intptr_t value;
} asked[64];
static size_t count;
static struct uinput_ff_upload waiting_upload;
static unsigned waiting_erase;

static int stand_in(int fd, unsigned long request, void *argument) {
  (void)fd;
  if (request == UI_BEGIN_FF_UPLOAD) *(struct uinput_ff_upload *)argument = waiting_upload;
  if (request == UI_BEGIN_FF_ERASE) ((struct uinput_ff_erase *)argument)->effect_id = waiting_erase;
  asked[count].request = request;
  if (request == UI_ABS_SETUP || request == UI_DEV_SETUP) {
    memcpy(asked[count].bytes, argument, _IOC_SIZE(request));
  } else {
    asked[count].value = (intptr_t)argument;
  }
  count++;
  return 0;
}

static int asked_for(unsigned long request, intptr_t value) {
  for (size_t i = 0; i < count; i++) {
    if (asked[i].request == request && asked[i].value == value) return 1;
  }
  return 0;
}

static struct input_event next(int fd) {
  struct input_event event;
  assert(read(fd, &event, sizeof event) == sizeof event);
  return event;
}

static void expect(int fd, int type, int code, int value) {
  struct input_event event = next(fd);
  assert(event.type == type && event.code == code && event.value == value);
}

static struct uinput_pad plugged(int *device) {
  int ends[2];
  struct uinput_pad pad;
  assert(pipe(ends) == 0);
  count = 0;
  assert(uinput_pad_plug(&pad, ends[1], 2) == 0);
  *device = ends[0];
  return pad;
}

static void it_is_an_xbox_pad(void) {
  int device;
  plugged(&device);
  assert(asked_for(UI_SET_KEYBIT, BTN_SOUTH) && asked_for(UI_SET_KEYBIT, BTN_THUMBR) && asked_for(UI_SET_FFBIT, FF_RUMBLE));
  assert(asked[count - 1].request == UI_DEV_CREATE);
  /* The kernel's layout, byte by byte: id, name, number of effects (struct uinput_setup). */
  const uint8_t *setup = asked[count - 2].bytes;
  const uint8_t id[] = {3, 0, 0x5e, 0x04, 0x8e, 0x02, 0x10, 0x01};
  assert(asked[count - 2].request == UI_DEV_SETUP && memcmp(setup, id, sizeof id) == 0);
  assert(strcmp((const char *)setup + 8, "Nearcade Gamepad 3") == 0 && setup[88] == UINPUT_EFFECTS);
  /* struct uinput_abs_setup: code, padding, then value, minimum, maximum, fuzz, flat, resolution. */
  for (size_t i = 0; i < count; i++) {
    if (asked[i].request != UI_ABS_SETUP || asked[i].bytes[0] != ABS_X) continue;
    const int32_t range[] = {0, -32768, 32767, 16, 128, 0};
    assert(memcmp(asked[i].bytes + 4, range, sizeof range) == 0);
    return;
  }
  assert(!"no left stick");
}

static void a_change_is_one_report(void) {
  int device;
  struct uinput_pad pad = plugged(&device);
  struct pad_state state = {.buttons = 1u << PAD_WEST | 1u << PAD_UP | 1u << PAD_RIGHT, .sticks = {0, -32767, 0, 0}, .triggers = {0, 255}};
  assert(uinput_pad_show(&pad, &state) == 0);
  assert(uinput_pad_show(&pad, &state) == 0); /* nothing new */
  state.buttons = 0;
  assert(uinput_pad_show(&pad, &state) == 0);
  expect(device, EV_KEY, BTN_X, 1);
  expect(device, EV_ABS, ABS_Y, -32767);
  expect(device, EV_ABS, ABS_RZ, 255);
  expect(device, EV_ABS, ABS_HAT0X, 1);
  expect(device, EV_ABS, ABS_HAT0Y, -1);
  expect(device, EV_SYN, SYN_REPORT, 0);
  expect(device, EV_KEY, BTN_X, 0);
  expect(device, EV_ABS, ABS_HAT0X, 0);
  expect(device, EV_ABS, ABS_HAT0Y, 0);
  expect(device, EV_SYN, SYN_REPORT, 0);
  uinput_pad_unplug(&pad);
  assert(pad.fd == -1 && asked[count - 1].request == UI_DEV_DESTROY);
}

static void say(int fd, int type, int code, int value) {
  struct input_event event = {.type = (uint16_t)type, .code = (uint16_t)code, .value = value};
  assert(write(fd, &event, sizeof event) == sizeof event);
}

static void rumble_plays_as_long_as_it_is(void) {
  int device, ends[2];
  struct uinput_pad pad = plugged(&device);
  assert(pipe(ends) == 0);
  pad.fd = ends[0];
  waiting_upload = (struct uinput_ff_upload){
      .effect = {.type = FF_RUMBLE, .id = 5, .replay = {.length = 200}, .u.rumble = {.strong_magnitude = 0x8000, .weak_magnitude = 7}}};
  say(ends[1], EV_UINPUT, UI_FF_UPLOAD, 1);
  assert(uinput_pad_hear(&pad, 0) == 0 && uinput_pad_motors(&pad).low == 0);
  say(ends[1], EV_FF, 5, 1);
  assert(uinput_pad_hear(&pad, 1000) == 1);
  assert(uinput_pad_motors(&pad).low == 0x8000 && uinput_pad_motors(&pad).high == 7);
  assert(uinput_pad_tick(&pad, 1199) == 0 && uinput_pad_tick(&pad, 1200) == 1 && uinput_pad_motors(&pad).low == 0);
  say(ends[1], EV_FF, 5, 1);
  assert(uinput_pad_hear(&pad, 2000) == 1);
  say(ends[1], EV_FF, 5, 0);
  assert(uinput_pad_hear(&pad, 2001) == 1 && uinput_pad_motors(&pad).high == 0);
  say(ends[1], EV_FF, 5, 1);
  waiting_erase = 5;
  say(ends[1], EV_UINPUT, UI_FF_ERASE, 2);
  assert(uinput_pad_hear(&pad, 3000) == 1 && uinput_pad_hear(&pad, 3001) == 1 && uinput_pad_motors(&pad).low == 0);
  say(ends[1], EV_FF, 4000, 1);
  assert(uinput_pad_hear(&pad, 4000) == 0);
  close(ends[1]);
  assert(uinput_pad_hear(&pad, 4000) == -1);
}

int main(void) {
  uinput_ioctl = stand_in;
  it_is_an_xbox_pad();
  a_change_is_one_report();
  rumble_plays_as_long_as_it_is();
  puts("ok");
}
