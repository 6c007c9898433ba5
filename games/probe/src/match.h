// Tells the platform how a match has ended: games/README.md.
#ifndef PROBE_MATCH_H
#define PROBE_MATCH_H

#include "state.h"

// Ends the match and begins the next: the score of a seat is how often it was pressed since the last one ended.
void match_end(const struct state *state);

#endif
