#include "sdl_abi.h"

#include <dlfcn.h>
#include <link.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

static struct sdl found;
static int is_there;
static pthread_once_t once = PTHREAD_ONCE_INIT;

/* A game may bring an SDL of its own, or load it as part of a plug-in: it is whichever file is called like it. */
static int is_sdl(struct dl_phdr_info *info, size_t size, void *handle) {
  (void)size;
  const char *name = strrchr(info->dlpi_name, '/');
  name = name == NULL ? info->dlpi_name : name + 1;
  if (strncmp(name, "libSDL2-2.0.so", 14) != 0 && strncmp(name, "libSDL2.so", 10) != 0) return 0;
  *(void **)handle = dlopen(info->dlpi_name, RTLD_LAZY | RTLD_NOLOAD);
  return *(void **)handle != NULL;
}

/* Through memcpy, since ISO C has no conversion from a data pointer to a function's. */
static int look_up(void *handle, const char *name, void *function) {
  void *address = dlsym(handle, name);
  memcpy(function, &address, sizeof address);
  return address != NULL;
}

static void find(void) {
  void *handle = NULL;
  dl_iterate_phdr(is_sdl, &handle);
  if (handle == NULL) return;
  is_there = look_up(handle, "SDL_Init", &found.init) &&
             look_up(handle, "SDL_InitSubSystem", &found.init_sub_system) &&
             look_up(handle, "SDL_QuitSubSystem", &found.quit_sub_system) &&
             look_up(handle, "SDL_Quit", &found.quit) && look_up(handle, "SDL_WasInit", &found.was_init);
  found.virtual_pads = is_there && look_up(handle, "SDL_LockJoysticks", &found.lock) &&
                       look_up(handle, "SDL_UnlockJoysticks", &found.unlock) &&
                       look_up(handle, "SDL_JoystickAttachVirtualEx", &found.attach) &&
                       look_up(handle, "SDL_JoystickDetachVirtual", &found.detach) &&
                       look_up(handle, "SDL_NumJoysticks", &found.count) &&
                       look_up(handle, "SDL_JoystickGetDeviceInstanceID", &found.instance_of) &&
                       look_up(handle, "SDL_JoystickFromInstanceID", &found.from_instance) &&
                       look_up(handle, "SDL_JoystickSetVirtualAxis", &found.set_axis) &&
                       look_up(handle, "SDL_JoystickSetVirtualButton", &found.set_button) &&
                       look_up(handle, "SDL_JoystickSetVirtualHat", &found.set_hat) &&
                       look_up(handle, "SDL_GameControllerAddMapping", &found.add_mapping);
  if (is_there && !found.virtual_pads) {
    fputs("nearcade-pads: this SDL is older than 2.24 and takes no pads\n", stderr);
  }
}

const struct sdl *sdl_of_game(void) {
  pthread_once(&once, find);
  return is_there ? &found : NULL;
}
