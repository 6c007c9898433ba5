/*
 * A pad as a device of the kernel's, made by uinput (linux/uinput.h): for games that read gamepads by evdev. It looks like an Xbox 360 pad
 * of Linux's xpad driver.
 */
#ifndef NEARCADE_UINPUT_PAD_H
#define NEARCADE_UINPUT_PAD_H

#include <stddef.h>

#include "pad_record.h"

/* Rumble effects that a game may keep in one pad: as many as the xpad driver takes. */
#define UINPUT_EFFECTS 16

struct uinput_effect {
  uint16_t low, high;
  /* Milliseconds; 0: until it is stopped. */
  unsigned length;
};

struct uinput_pad {
  /* -1: not plugged in. */
  int fd;
  struct pad_state shown;
  struct uinput_effect effects[UINPUT_EFFECTS];
  /* The effect that plays, or -1, and when it ends in milliseconds of any one clock; 0: when it is stopped. */
  int playing;
  long ends_at;
};

/* All that is asked of uinput, by default ioctl(2): tests put another in its place. */
extern int (*uinput_ioctl)(int fd, unsigned long request, void *argument);

/* Makes the device on `fd`, an open /dev/uinput, which it keeps. 0, or -1 with errno; then `fd` is still the caller's. */
int uinput_pad_plug(struct uinput_pad *pad, int fd, int number);

/* Writes what has changed since it was shown last, as one report. */
int uinput_pad_show(struct uinput_pad *pad, const struct pad_state *state);

/* The kernel has removed the device when this returns. */
void uinput_pad_unplug(struct uinput_pad *pad);

/* Takes what the game's side has asked of the device. 1 when its motors turn otherwise now, 0 when not, -1 when the device is gone. */
int uinput_pad_hear(struct uinput_pad *pad, long now);

/* Ends an effect that has had its time. 1 when the motors turn otherwise now. */
int uinput_pad_tick(struct uinput_pad *pad, long now);

/* How its motors turn. */
struct uinput_effect uinput_pad_motors(const struct uinput_pad *pad);

/* The name of its node, as "event7", and its number. 0, or -1. */
int uinput_pad_node(const struct uinput_pad *pad, char *name, size_t size, unsigned *major, unsigned *minor);

#endif
