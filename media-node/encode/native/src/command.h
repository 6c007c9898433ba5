#ifndef NEARCADE_COMMAND_H
#define NEARCADE_COMMAND_H
#include <stdbool.h>
#include <stdint.h>

/** Longest numeric IPv6 address with a scope. */
#define HOST_MAX 64
#define SOURCE_MAX 128

struct RtpTarget {
  char host[HOST_MAX];
  uint16_t port;
  uint32_t ssrc;
  uint8_t payload_type;
};

struct VideoConfig {
  char codec[8];
  char encoder[16]; /**< which of that codec's; empty: the software one */
  int width, height, fps, bitrate_kbps;
  int scale_percent; /**< of both sides, from the captured picture to the sent one */
  bool polling; /**< the whole picture at each tick, changed or not */
  int threads; /**< 0 = as many as suit the machine */
  uint8_t playout_delay_id;
  uint8_t descriptor_id; /**< of AV1's dependency descriptor */
  struct RtpTarget target;
};

struct AudioConfig {
  char source[SOURCE_MAX]; /**< PulseAudio source */
  int bitrate_kbps;
  struct RtpTarget target;
};

enum CommandKind {
  COMMAND_START,
  COMMAND_STOP_STREAM,
  COMMAND_KEYFRAME,
  COMMAND_BITRATE,
  COMMAND_FPS,
  COMMAND_PAUSE,
  COMMAND_RESUME,
  COMMAND_INPUT,
  COMMAND_REPEATS,
  COMMAND_PING,
  COMMAND_SCALE,
  COMMAND_STOP
};

struct Command {
  enum CommandKind kind;
  int value; /**< kilobits a second, frames a second or percent */
  struct VideoConfig video;
  struct AudioConfig audio;
  bool has_audio;
};

#define BITRATE_MIN_KBPS 50
#define BITRATE_MAX_KBPS 100000
#define FPS_MAX 240
#define REPEATS_MAX_PERCENT 100
#define SCALE_MIN_PERCENT 25

/**
 * Parses one line. @return NULL, or an error code of the protocol with what is wrong written to `message`.
 */
const char *command_parse(const char *line, struct Command *command, char *message, int message_size);

#endif
