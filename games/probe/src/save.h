// What the probe keeps: the presses of each seat, in $HOME/saves/presses.
#ifndef PROBE_SAVE_H
#define PROBE_SAVE_H

#include "state.h"

// Presses as they were saved; without a save, or with one that is damaged, they stay as they are.
void save_load(struct state *state);

// Replaces the save whole. What goes wrong is said on stderr.
void save_write(const struct state *state);

#endif
