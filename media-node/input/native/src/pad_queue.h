/*
 * The states of a pad between the node, which says each change, and the game, which looks once a frame: no press may be over before
 * the game has looked.
 */
#ifndef NEARCADE_PAD_QUEUE_H
#define NEARCADE_PAD_QUEUE_H

#include <stddef.h>

#include "pad_record.h"

/* Changes that wait for a game that does not look: two seconds of a fast hand. The oldest give way. */
#define PAD_QUEUE_LENGTH 64

struct pad_queue {
  struct pad_state shown;
  struct pad_state waiting[PAD_QUEUE_LENGTH];
  size_t first, count;
};

void pad_queue_push(struct pad_queue *queue, const struct pad_state *state);

/* What the game sees at its next look: as new as can be without a button going up and down, or down and up, in one step. */
struct pad_state pad_queue_look(struct pad_queue *queue);

/* Nothing waits, and the pad is at rest. */
void pad_queue_clear(struct pad_queue *queue);

#endif
