#ifndef NEARCADE_PROBE_H
#define NEARCADE_PROBE_H

/**
 * Encodes a few frames with each encoder there is, and prints a line of JSON for each that could: `{"codec", "encoder",
 * "hardware", "msPerFrame"}`, software first. Needs no display.
 */
void probe_encoders(void);

#endif
