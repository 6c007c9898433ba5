/*
 * Loaded into a game before its own libraries (LD_PRELOAD). Stands in for the four functions by which a game turns SDL's joysticks on and
 * off; in a program that never calls them it does nothing.
 */
#include <stddef.h>

#include "sdl_abi.h"
#include "sdl_pads.h"

#define EXPORTED __attribute__((visibility("default")))

EXPORTED int SDL_Init(uint32_t flags);
EXPORTED int SDL_InitSubSystem(uint32_t flags);
EXPORTED void SDL_QuitSubSystem(uint32_t flags);
EXPORTED void SDL_Quit(void);

int SDL_Init(uint32_t flags) {
  const struct sdl *sdl = sdl_of_game();
  if (sdl == NULL) return -1;
  int result = sdl->init(flags);
  sdl_pads_start();
  return result;
}

int SDL_InitSubSystem(uint32_t flags) {
  const struct sdl *sdl = sdl_of_game();
  if (sdl == NULL) return -1;
  int result = sdl->init_sub_system(flags);
  sdl_pads_start();
  return result;
}

void SDL_QuitSubSystem(uint32_t flags) {
  const struct sdl *sdl = sdl_of_game();
  if (sdl == NULL) return;
  sdl_pads_before_quit();
  sdl->quit_sub_system(flags);
  sdl_pads_after_quit();
}

void SDL_Quit(void) {
  const struct sdl *sdl = sdl_of_game();
  if (sdl == NULL) return;
  sdl_pads_before_quit();
  sdl->quit();
  sdl_pads_after_quit();
}
