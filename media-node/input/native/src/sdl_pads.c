#include "sdl_pads.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

#include "pad_queue.h"
#include "sdl_abi.h"

/* An Xbox 360 pad as Linux's xpad driver lays it out: what games that read bare joysticks know best. */
#define VENDOR_MICROSOFT 0x045e
#define PRODUCT_XBOX_360 0x028e
#define BUTTONS 11
#define AXES 6
#define HATS 1
#define NAME "Nearcade Gamepad"

/* The same in SDL's words. The id is what SDL makes of bus, vendor, product and kind; a checksum of 0 stands for any name. */
static const char MAPPING[] =
    "ff0000005e0400008e02000000007601," NAME
    ",a:b0,b:b1,x:b2,y:b3,leftshoulder:b4,rightshoulder:b5,back:b6,start:b7,guide:b8,leftstick:b9,rightstick:b10,"
    "leftx:a0,lefty:a1,lefttrigger:a2,rightx:a3,righty:a4,righttrigger:a5,"
    "dpup:h0.1,dpright:h0.2,dpdown:h0.4,dpleft:h0.8,";

/* The button of ours behind each of theirs. */
static const int BUTTON_OF[BUTTONS] = {PAD_SOUTH, PAD_EAST,  PAD_WEST, PAD_NORTH, PAD_L1, PAD_R1,
                                       PAD_SELECT, PAD_START, PAD_HOME, PAD_L3,    PAD_R3};

struct pad {
  int plugged;
  /* -1 while SDL has no such joystick. */
  SDL_JoystickID instance;
  struct pad_queue queue;
};

static struct pad pads[PADS];

/* `pads_lock` is taken before SDL's own, `queue_lock` after it and never held while SDL is called. */
static pthread_mutex_t pads_lock = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP; /* SDL may quit by way of its own exports */
static pthread_mutex_t queue_lock = PTHREAD_MUTEX_INITIALIZER;
static int connected;
static int node = -1;

static int bit(uint32_t buttons, int button) { return (int)(buttons >> button & 1u); }

static void show(SDL_Joystick *joystick, const struct pad_state *state) {
  const struct sdl *sdl = sdl_of_game();
  for (int i = 0; i < BUTTONS; i++) sdl->set_button(joystick, i, (uint8_t)bit(state->buttons, BUTTON_OF[i]));
  int hat = bit(state->buttons, PAD_UP) | bit(state->buttons, PAD_RIGHT) << 1 |
            bit(state->buttons, PAD_DOWN) << 2 | bit(state->buttons, PAD_LEFT) << 3;
  sdl->set_hat(joystick, 0, (uint8_t)hat);
  sdl->set_axis(joystick, 0, state->sticks[0]);
  sdl->set_axis(joystick, 1, state->sticks[1]);
  sdl->set_axis(joystick, 3, state->sticks[2]);
  sdl->set_axis(joystick, 4, state->sticks[3]);
  /* A trigger at rest stands at the axis' lower end. */
  sdl->set_axis(joystick, 2, (int16_t)(state->triggers[0] * 257 - 32768));
  sdl->set_axis(joystick, 5, (int16_t)(state->triggers[1] * 257 - 32768));
}

/* SDL calls it whenever the game looks, under its lock and only while the game has the pad open. */
static void update(void *userdata) {
  struct pad *pad = userdata;
  SDL_Joystick *joystick = sdl_of_game()->from_instance(pad->instance);
  if (joystick == NULL) return;
  pthread_mutex_lock(&queue_lock);
  struct pad_state state = pad_queue_look(&pad->queue);
  pthread_mutex_unlock(&queue_lock);
  show(joystick, &state);
}

/* SDL calls it with each change, and ends by itself what the game has given a length. */
static int rumble(void *userdata, uint16_t low, uint16_t high) {
  const struct pad *pad = userdata;
  pad_rumble_send(node, (int)(pad - pads), low, high);
  return 0;
}

static void attach(struct pad *pad) {
  const struct sdl *sdl = sdl_of_game();
  SDL_VirtualJoystickDesc desc = {
      .version = SDL_VIRTUAL_JOYSTICK_DESC_VERSION,
      .type = SDL_JOYSTICK_TYPE_GAMECONTROLLER,
      .naxes = AXES,
      .nbuttons = BUTTONS,
      .nhats = HATS,
      .vendor_id = VENDOR_MICROSOFT,
      .product_id = PRODUCT_XBOX_360,
      .name = NAME,
      .userdata = pad,
      .Update = update,
      .Rumble = rumble,
  };
  sdl->lock();
  int index = sdl->attach(&desc);
  if (index >= 0) pad->instance = sdl->instance_of(index);
  sdl->unlock();
}

static int index_of(SDL_JoystickID instance) {
  const struct sdl *sdl = sdl_of_game();
  for (int i = sdl->count() - 1; i >= 0; i--) {
    if (sdl->instance_of(i) == instance) return i;
  }
  return -1;
}

static void detach(struct pad *pad) {
  const struct sdl *sdl = sdl_of_game();
  sdl->lock();
  int index = index_of(pad->instance);
  if (index >= 0) sdl->detach(index);
  pad->instance = -1;
  sdl->unlock();
}

/* With `pads_lock`: SDL has as joysticks what is plugged in, as far as the game wants any. */
static void settle(void) {
  const struct sdl *sdl = sdl_of_game();
  if (sdl->was_init(SDL_INIT_JOYSTICK) == 0) return;
  for (int i = 0; i < PADS; i++) {
    struct pad *pad = &pads[i];
    if (pad->plugged && pad->instance < 0) attach(pad);
    if (!pad->plugged && pad->instance >= 0) detach(pad);
  }
}

static void take(const struct pad_record *record) {
  struct pad *pad = &pads[record->pad];
  pthread_mutex_lock(&queue_lock);
  if (record->plugged != pad->plugged) pad_queue_clear(&pad->queue);
  if (record->plugged) pad_queue_push(&pad->queue, &record->state);
  pthread_mutex_unlock(&queue_lock);
  pad->plugged = record->plugged;
}

static void *listen_to_node(void *argument) {
  int socket = (int)(intptr_t)argument;
  struct pad_record record;
  while (pad_record_read(socket, &record) == 0) {
    pthread_mutex_lock(&pads_lock);
    take(&record);
    settle();
    pthread_mutex_unlock(&pads_lock);
  }
  return NULL; /* the node is gone, and the game soon */
}

/* The first records say what is plugged in already: a game that looks for pads once, at its start, finds them. */
static void connect_to_node(void) {
  const char *path = getenv("NEARCADE_PADS");
  int socket = path == NULL ? -1 : pad_socket_connect(path);
  if (socket < 0) return;
  for (int i = 0; i < PADS; i++) {
    struct pad_record record;
    if (pad_record_read(socket, &record) != 0) return;
    take(&record);
  }
  node = socket;
  /* Signals are the game's. */
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  pthread_t thread;
  if (pthread_create(&thread, NULL, listen_to_node, (void *)(intptr_t)socket) == 0) pthread_detach(thread);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
}

void sdl_pads_start(void) {
  const struct sdl *sdl = sdl_of_game();
  if (sdl == NULL || !sdl->virtual_pads || sdl->was_init(SDL_INIT_JOYSTICK) == 0) return;
  pthread_mutex_lock(&pads_lock);
  sdl->add_mapping(MAPPING);
  if (!connected) {
    connected = 1;
    for (int i = 0; i < PADS; i++) pads[i].instance = -1;
    connect_to_node();
  }
  settle();
  pthread_mutex_unlock(&pads_lock);
}

void sdl_pads_before_quit(void) { pthread_mutex_lock(&pads_lock); }

void sdl_pads_after_quit(void) {
  const struct sdl *sdl = sdl_of_game();
  if (sdl != NULL && sdl->was_init(SDL_INIT_JOYSTICK) == 0) {
    for (int i = 0; i < PADS; i++) pads[i].instance = -1; /* SDL has freed them */
  }
  pthread_mutex_unlock(&pads_lock);
}
