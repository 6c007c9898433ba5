#include "command.h"

#include <json-c/json.h>
#include <stdio.h>
#include <string.h>

/** Reads the fields of one object; the first that is wrong is noted, and all later reads do nothing. */
struct Fields {
  struct json_object *object;
  const char *path;
  char *message;
  int message_size;
  bool failed;
};

static const char BAD_FIELD[] = "bad_field";

static void fail(struct Fields *f, const char *name, const char *expected) {
  if (!f->failed) snprintf(f->message, (size_t)f->message_size, "%s%s must be %s", f->path, name, expected);
  f->failed = true;
}

static int64_t read_int(struct Fields *f, const char *name, int64_t low, int64_t high) {
  struct json_object *value;
  bool found = json_object_object_get_ex(f->object, name, &value) && json_object_is_type(value, json_type_int);
  int64_t number = found ? json_object_get_int64(value) : 0;
  if (found && number >= low && number <= high) return number;
  char expected[80];
  snprintf(expected, sizeof expected, "an integer from %lld to %lld", (long long)low, (long long)high);
  fail(f, name, expected);
  return low;
}

static int64_t read_optional_int(struct Fields *f, const char *name, int64_t low, int64_t high, int64_t absent) {
  return json_object_object_get_ex(f->object, name, NULL) ? read_int(f, name, low, high) : absent;
}

static bool read_optional_bool(struct Fields *f, const char *name) {
  struct json_object *value;
  if (!json_object_object_get_ex(f->object, name, &value)) return false;
  if (!json_object_is_type(value, json_type_boolean)) fail(f, name, "true or false");
  return json_object_get_boolean(value);
}

static void read_string(struct Fields *f, const char *name, char *to, size_t size) {
  struct json_object *value;
  bool found = json_object_object_get_ex(f->object, name, &value) && json_object_is_type(value, json_type_string);
  size_t length = found ? (size_t)json_object_get_string_len(value) : 0;
  if (length == 0 || length >= size || strlen(json_object_get_string(value)) != length) {
    char expected[60];
    snprintf(expected, sizeof expected, "a string of 1 to %zu bytes", size - 1);
    fail(f, name, expected);
    return;
  }
  memcpy(to, json_object_get_string(value), length + 1);
}

static struct RtpTarget read_target(struct Fields *f) {
  struct RtpTarget target = {0};
  read_string(f, "host", target.host, sizeof target.host);
  target.port = (uint16_t)read_int(f, "port", 1, UINT16_MAX);
  target.ssrc = (uint32_t)read_int(f, "ssrc", 1, UINT32_MAX);
  target.payload_type = (uint8_t)read_int(f, "payloadType", 0, 127);
  return target;
}

static void read_video(struct Fields *f, struct VideoConfig *video) {
  read_string(f, "codec", video->codec, sizeof video->codec);
  if (json_object_object_get_ex(f->object, "encoder", NULL))
    read_string(f, "encoder", video->encoder, sizeof video->encoder);
  video->width = (int)read_int(f, "width", 16, 4096);
  video->height = (int)read_int(f, "height", 16, 4096);
  /* Chroma has half the resolution. */
  if (video->width % 2) fail(f, "width", "even");
  if (video->height % 2) fail(f, "height", "even");
  video->fps = (int)read_int(f, "fps", 1, FPS_MAX);
  video->bitrate_kbps = (int)read_int(f, "bitrateKbps", BITRATE_MIN_KBPS, BITRATE_MAX_KBPS);
  video->scale_percent = (int)read_optional_int(f, "scalePercent", SCALE_MIN_PERCENT, 100, 100);
  video->polling = read_optional_bool(f, "polling");
  video->threads = (int)read_optional_int(f, "threads", 1, 8, 0);
  /* 15 is reserved in the one-byte form (RFC 8285). */
  video->playout_delay_id = (uint8_t)read_int(f, "playoutDelayExtId", 0, 14);
  video->descriptor_id = (uint8_t)read_optional_int(f, "dependencyDescriptorExtId", 1, 14, 0);
  video->target = read_target(f);
}

static void read_audio(struct Fields *f, struct AudioConfig *audio) {
  read_string(f, "source", audio->source, sizeof audio->source);
  audio->bitrate_kbps = (int)read_int(f, "bitrateKbps", 6, 510);
  audio->target = read_target(f);
}

static void read_start(struct Fields *f, struct Command *command) {
  struct Fields inner = *f;
  if (!json_object_object_get_ex(f->object, "video", &inner.object) ||
      !json_object_is_type(inner.object, json_type_object)) {
    fail(f, "video", "an object");
    return;
  }
  inner.path = "video.";
  read_video(&inner, &command->video);
  struct json_object *audio = NULL;
  bool given = json_object_object_get_ex(f->object, "audio", &audio);
  command->has_audio = audio != NULL;
  if (!given || (audio && !json_object_is_type(audio, json_type_object))) {
    fail(&inner, "audio", "an object or null");
  } else if (audio) {
    inner.object = audio;
    inner.path = "audio.";
    read_audio(&inner, &command->audio);
  }
  f->failed = inner.failed;
}

static const struct {
  const char *name;
  enum CommandKind kind;
} kinds[] = {{"start", COMMAND_START},       {"stopStream", COMMAND_STOP_STREAM}, {"keyframe", COMMAND_KEYFRAME},
             {"bitrate", COMMAND_BITRATE},   {"fps", COMMAND_FPS},                {"pause", COMMAND_PAUSE},
             {"resume", COMMAND_RESUME},     {"input", COMMAND_INPUT},            {"stop", COMMAND_STOP},
             {"repeats", COMMAND_REPEATS},   {"ping", COMMAND_PING},              {"scale", COMMAND_SCALE}};

static bool find_kind(const char *name, enum CommandKind *kind) {
  for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
    if (strcmp(kinds[i].name, name) == 0) {
      *kind = kinds[i].kind;
      return true;
    }
  return false;
}

static const char *read_command(struct Fields *f, struct Command *command) {
  char name[32] = "";
  read_string(f, "cmd", name, sizeof name);
  if (f->failed) return BAD_FIELD;
  if (!find_kind(name, &command->kind)) {
    snprintf(f->message, (size_t)f->message_size, "there is no command %s", name);
    return "unknown_command";
  }
  if (command->kind == COMMAND_START) read_start(f, command);
  if (command->kind == COMMAND_BITRATE) command->value = (int)read_int(f, "kbps", BITRATE_MIN_KBPS, BITRATE_MAX_KBPS);
  if (command->kind == COMMAND_FPS) command->value = (int)read_int(f, "value", 1, FPS_MAX);
  if (command->kind == COMMAND_REPEATS) command->value = (int)read_int(f, "percent", 0, REPEATS_MAX_PERCENT);
  if (command->kind == COMMAND_SCALE) command->value = (int)read_int(f, "percent", SCALE_MIN_PERCENT, 100);
  return f->failed ? BAD_FIELD : NULL;
}

const char *command_parse(const char *line, struct Command *command, char *message, int message_size) {
  memset(command, 0, sizeof *command);
  struct json_object *object = json_tokener_parse(line);
  const char *problem = "bad_json";
  if (json_object_is_type(object, json_type_object)) {
    struct Fields fields = {.object = object, .path = "", .message = message, .message_size = message_size};
    problem = read_command(&fields, command);
  } else {
    snprintf(message, (size_t)message_size, "a command is one JSON object a line");
  }
  json_object_put(object);
  return problem;
}
