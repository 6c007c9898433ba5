/*
 * What the node says of a pad, on a Unix stream socket: records of 20 bytes, little endian. On connecting, one a pad; then one a change.
 * media-node/input/pads/pad-record.ts writes them. The way back has records of 8 bytes: version, pad, two of nothing, and how strongly the
 * heavy and the light motor turn, 0 to 65535 each.
 */
#ifndef NEARCADE_PAD_RECORD_H
#define NEARCADE_PAD_RECORD_H

#include <stdint.h>

#define PADS 4
#define PAD_RECORD_BYTES 20

/* Bits of `buttons`: W3C Gamepad, the order of a standard gamepad. */
enum {
  PAD_SOUTH, PAD_EAST, PAD_WEST, PAD_NORTH, PAD_L1, PAD_R1, PAD_L2, PAD_R2, PAD_SELECT, PAD_START,
  PAD_L3, PAD_R3, PAD_UP, PAD_DOWN, PAD_LEFT, PAD_RIGHT, PAD_HOME
};

struct pad_state {
  uint32_t buttons;
  /* Left x, left y, right x, right y; right and down are positive. */
  int16_t sticks[4];
  /* L2, R2: 0 to 255. */
  uint8_t triggers[2];
};

struct pad_record {
  int pad;
  int plugged;
  struct pad_state state;
};

/* 0, or -1 for what is no record. */
int pad_record_parse(const uint8_t bytes[PAD_RECORD_BYTES], struct pad_record *record);

/* Blocks for a whole record. 0, or -1 when the connection has ended or says what is no record. */
int pad_record_read(int socket, struct pad_record *record);

/* What the game has a pad's motors do, said to the node: 8 bytes. Does not block: a node that does not read hears the next one. */
void pad_rumble_send(int socket, int pad, uint16_t low, uint16_t high);

/* A connection to the node's socket, or -1. */
int pad_socket_connect(const char *path);

#endif
