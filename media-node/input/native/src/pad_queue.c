#include "pad_queue.h"

#include <string.h>

void pad_queue_push(struct pad_queue *queue, const struct pad_state *state) {
  if (queue->count == PAD_QUEUE_LENGTH) {
    queue->first = (queue->first + 1) % PAD_QUEUE_LENGTH;
    queue->count--;
  }
  queue->waiting[(queue->first + queue->count) % PAD_QUEUE_LENGTH] = *state;
  queue->count++;
}

struct pad_state pad_queue_look(struct pad_queue *queue) {
  uint32_t changed = 0;
  while (queue->count > 0) {
    const struct pad_state *next = &queue->waiting[queue->first];
    uint32_t changes = next->buttons ^ queue->shown.buttons;
    if ((changes & changed) != 0) break;
    changed |= changes;
    queue->shown = *next;
    queue->first = (queue->first + 1) % PAD_QUEUE_LENGTH;
    queue->count--;
  }
  return queue->shown;
}

void pad_queue_clear(struct pad_queue *queue) { memset(queue, 0, sizeof *queue); }
