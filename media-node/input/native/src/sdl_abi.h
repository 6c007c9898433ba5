/*
 * The part of SDL 2's ABI that the pads use (SDL_joystick.h, SDL_gamecontroller.h of SDL 2.24 and newer). Declared here and looked up
 * at run time, since the library has to load into programs that have an older SDL, or none.
 */
#ifndef NEARCADE_SDL_ABI_H
#define NEARCADE_SDL_ABI_H

#include <stdint.h>

#define SDL_INIT_JOYSTICK 0x00000200u
#define SDL_INIT_GAMECONTROLLER 0x00002000u

#define SDL_JOYSTICK_TYPE_GAMECONTROLLER 1
#define SDL_VIRTUAL_JOYSTICK_DESC_VERSION 1

typedef struct SDL_Joystick SDL_Joystick;
typedef int32_t SDL_JoystickID;

typedef struct {
  uint16_t version, type, naxes, nbuttons, nhats, vendor_id, product_id, padding;
  uint32_t button_mask, axis_mask;
  const char *name;
  void *userdata;
  void (*Update)(void *userdata);
  void (*SetPlayerIndex)(void *userdata, int player_index);
  int (*Rumble)(void *userdata, uint16_t low_frequency, uint16_t high_frequency);
  int (*RumbleTriggers)(void *userdata, uint16_t left, uint16_t right);
  int (*SetLED)(void *userdata, uint8_t red, uint8_t green, uint8_t blue);
  int (*SendEffect)(void *userdata, const void *data, int size);
} SDL_VirtualJoystickDesc;

/* The game's SDL. `attach` and what follows are all there or `virtual_pads` is 0: SDL is too old. */
struct sdl {
  int (*init)(uint32_t flags);
  int (*init_sub_system)(uint32_t flags);
  void (*quit_sub_system)(uint32_t flags);
  void (*quit)(void);
  uint32_t (*was_init)(uint32_t flags);
  int virtual_pads;
  void (*lock)(void);
  void (*unlock)(void);
  int (*attach)(const SDL_VirtualJoystickDesc *desc);
  int (*detach)(int device_index);
  int (*count)(void);
  SDL_JoystickID (*instance_of)(int device_index);
  SDL_Joystick *(*from_instance)(SDL_JoystickID instance);
  int (*set_axis)(SDL_Joystick *joystick, int axis, int16_t value);
  int (*set_button)(SDL_Joystick *joystick, int button, uint8_t value);
  int (*set_hat)(SDL_Joystick *joystick, int hat, uint8_t value);
  int (*add_mapping)(const char *mapping);
};

/* Looked up once; NULL when the process has no SDL 2 that is linked dynamically. */
const struct sdl *sdl_of_game(void);

#endif
