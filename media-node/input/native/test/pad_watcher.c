/*
 * Prints each event of its gamepads, as an SDL game hears them, and what it sees when it looks once a "frame". Lines on stdin: `quit`
 * ends; `rumble` shakes the last pad for a tenth of a second; `again` turns joysticks off and on; `look` looks once. Reads bare joysticks when its argument is `joystick`.
 */
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "sdl_abi.h"

typedef struct SDL_GameController SDL_GameController;
typedef union {
  uint32_t type;
  struct { uint32_t type, timestamp; int32_t which; } device;
  struct { uint32_t type, timestamp; int32_t which; uint8_t button, state; } button;
  struct { uint32_t type, timestamp; int32_t which; uint8_t axis, pad[3]; int16_t value; } axis;
  struct { uint32_t type, timestamp; int32_t which; uint8_t hat, value; } hat;
  uint8_t room[128];
} SDL_Event;

extern int SDL_Init(uint32_t flags);
extern int SDL_InitSubSystem(uint32_t flags);
extern void SDL_QuitSubSystem(uint32_t flags);
extern void SDL_Quit(void);
extern int SDL_PollEvent(SDL_Event *event);
extern int SDL_NumJoysticks(void);
extern int SDL_IsGameController(int index);
extern SDL_GameController *SDL_GameControllerOpen(int index);
extern const char *SDL_GameControllerName(SDL_GameController *pad);
extern SDL_Joystick *SDL_GameControllerGetJoystick(SDL_GameController *pad);
extern SDL_Joystick *SDL_JoystickOpen(int index);
extern int SDL_JoystickInstanceID(SDL_Joystick *joystick);
extern uint8_t SDL_GameControllerGetButton(SDL_GameController *pad, int button);
extern int SDL_GameControllerRumble(SDL_GameController *pad, uint16_t low, uint16_t high, uint32_t ms);
extern const char *SDL_GameControllerGetStringForButton(int button);
extern const char *SDL_GameControllerGetStringForAxis(int axis);

static const uint32_t WHAT = SDL_INIT_JOYSTICK | SDL_INIT_GAMECONTROLLER;
static int bare;
static SDL_GameController *last;

static void added(int index) {
  if (bare) {
    printf("joystick %d\n", SDL_JoystickInstanceID(SDL_JoystickOpen(index)));
    return;
  }
  if (!SDL_IsGameController(index)) {
    printf("no gamepad %d\n", index);
    return;
  }
  last = SDL_GameControllerOpen(index);
  int instance = SDL_JoystickInstanceID(SDL_GameControllerGetJoystick(last));
  printf("pad %d %s\n", instance, SDL_GameControllerName(last));
}

static void heard(const SDL_Event *event) {
  switch (event->type) {
    case 0x600:
      if (bare) printf("%d axis %d %d\n", event->axis.which, event->axis.axis, event->axis.value);
      break;
    case 0x602:
      if (bare) printf("%d hat %d\n", event->hat.which, event->hat.value);
      break;
    case 0x603:
    case 0x604:
      if (bare) printf("%d button %d %d\n", event->button.which, event->button.button, event->button.state);
      break;
    case 0x605:
      if (bare) added(event->device.which);
      break;
    case 0x650:
      printf("%d %s %d\n", event->axis.which, SDL_GameControllerGetStringForAxis(event->axis.axis), event->axis.value);
      break;
    case 0x651:
    case 0x652:
      printf("%d %s %d\n", event->button.which, SDL_GameControllerGetStringForButton(event->button.button),
             event->button.state);
      break;
    case 0x653:
      if (!bare) added(event->device.which);
      break;
    case 0x606:
      printf("removed %d\n", event->device.which);
      break;
  }
}

int main(int argc, char **argv) {
  bare = argc > 1 && strcmp(argv[1], "joystick") == 0;
  setvbuf(stdout, NULL, _IOLBF, 0);
  if (SDL_Init(WHAT) != 0) return 1;
  printf("there are %d\n", SDL_NumJoysticks());
  char line[32];
  int looking = 1;
  for (;;) {
    SDL_Event event;
    while (looking && SDL_PollEvent(&event)) heard(&event);
    struct pollfd input = {.fd = 0, .events = POLLIN};
    if (poll(&input, 1, 5) == 0) continue;
    ssize_t length = read(0, line, sizeof line - 1);
    if (length <= 0) break;
    line[length] = 0;
    if (strcmp(line, "quit\n") == 0) break;
    if (strcmp(line, "sleep\n") == 0) looking = 0, puts("asleep");
    if (strcmp(line, "wake\n") == 0) looking = 1;
    if (strcmp(line, "rumble\n") == 0) printf("rumble %d\n", SDL_GameControllerRumble(last, 0x8000, 0x4000, 100));
    if (strcmp(line, "again\n") == 0) {
      SDL_QuitSubSystem(WHAT);
      SDL_InitSubSystem(WHAT);
      printf("there are %d\n", SDL_NumJoysticks());
    }
  }
  SDL_Quit();
  puts("bye");
  return 0;
}
