#undef NDEBUG
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "pad_queue.h"
#include "pad_record.h"

static struct pad_state holding(uint32_t buttons) { return (struct pad_state){.buttons = buttons}; }

static void a_tap_between_two_looks_is_seen(void) {
  struct pad_queue queue = {0};
  struct pad_state down = holding(1u << PAD_SOUTH), up = holding(0);
  pad_queue_push(&queue, &down);
  pad_queue_push(&queue, &up);
  pad_queue_push(&queue, &down);
  assert(pad_queue_look(&queue).buttons == 1u << PAD_SOUTH);
  assert(pad_queue_look(&queue).buttons == 0);
  assert(pad_queue_look(&queue).buttons == 1u << PAD_SOUTH);
  assert(pad_queue_look(&queue).buttons == 1u << PAD_SOUTH);
}

static void what_needs_no_step_of_its_own_comes_at_once(void) {
  struct pad_queue queue = {0};
  struct pad_state one = holding(1), two = holding(3), three = holding(7);
  three.sticks[0] = -32767;
  pad_queue_push(&queue, &one);
  pad_queue_push(&queue, &two);
  pad_queue_push(&queue, &three);
  struct pad_state seen = pad_queue_look(&queue);
  assert(seen.buttons == 7 && seen.sticks[0] == -32767);
}

static void a_game_that_never_looks_gets_the_newest(void) {
  struct pad_queue queue = {0};
  for (int i = 0; i < 10 * PAD_QUEUE_LENGTH; i++) {
    struct pad_state state = {.sticks = {(int16_t)i}};
    pad_queue_push(&queue, &state);
  }
  assert(pad_queue_look(&queue).sticks[0] == 10 * PAD_QUEUE_LENGTH - 1);
  pad_queue_clear(&queue);
  assert(pad_queue_look(&queue).sticks[0] == 0);
}

static void records_are_read_and_others_refused(void) {
  uint8_t bytes[PAD_RECORD_BYTES] = {1, 3, 1, 0, 0x01, 0x00, 0x01, 0x00, 0x01, 0x80, 0xff, 0x7f};
  bytes[16] = 255;
  struct pad_record record;
  assert(pad_record_parse(bytes, &record) == 0);
  assert(record.pad == 3 && record.plugged == 1 && record.state.buttons == 0x10001);
  assert(record.state.sticks[0] == -32767 && record.state.sticks[1] == 32767);
  assert(record.state.triggers[0] == 255 && record.state.triggers[1] == 0);
  bytes[1] = PADS;
  assert(pad_record_parse(bytes, &record) == -1);
  bytes[1] = 0, bytes[0] = 2;
  assert(pad_record_parse(bytes, &record) == -1);
}

int main(void) {
  a_tap_between_two_looks_is_seen();
  what_needs_no_step_of_its_own_comes_at_once();
  a_game_that_never_looks_gets_the_newest();
  records_are_read_and_others_refused();
  puts("ok");
}
