#include "session.h"

#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "clock.h"
#include "encoders.h"
#include "events.h"

/** Figures and sender reports. */
#define REPORT_NS NS_PER_SECOND

static void make_cname(char *cname, size_t size) {
  uint64_t random = (uint64_t)monotonic_ns();
  if (getrandom(&random, sizeof random, 0) != sizeof random) random ^= (uint64_t)(uintptr_t)cname;
  snprintf(cname, size, "nearcade-%016llx", (unsigned long long)random);
}

const char *session_open(struct Session *s) {
  memset(s, 0, sizeof *s);
  make_cname(s->cname, sizeof s->cname);
  const char *problem = capture_open(&s->capture);
  if (problem) return problem;
  struct json_object *event = events_new("ready"), *codecs = json_object_new_array();
  for (size_t i = 0; i < encoders_software_count; i++)
    json_object_array_add(codecs, json_object_new_string(encoders_software[i]->codec));
  json_object_object_add(event, "version", json_object_new_string(NEARCADE_MEDIA_VERSION));
  json_object_object_add(event, "codecs", codecs);
  events_send(event);
  return NULL;
}

static void stop_stream(struct Session *s) {
  if (!s->streaming) return;
  /* Sound first: its thread may be using the video's socket. */
  audio_close(s->audio);
  s->audio = NULL;
  video_close(&s->video);
  s->streaming = false;
  events_send_name("stopped");
}

void session_close(struct Session *s) {
  stop_stream(s);
  capture_close(&s->capture);
}

static void start(struct Session *s, const struct Command *command) {
  const char *code, *message;
  int64_t now = monotonic_ns();
  if (s->streaming) {
    events_send_error("already_started", "stopStream first", false);
    return;
  }
  if ((code = video_open(&s->video, &s->capture, &command->video, now, &message))) {
    events_send_error(code, message, false);
    return;
  }
  if (command->has_audio) {
    const struct RtpTarget *picture = &command->video.target, *sound = &command->audio.target;
    bool shared = picture->port == sound->port && strcmp(picture->host, sound->host) == 0;
    s->audio = audio_open(&command->audio, shared ? s->video.fd : -1, s->cname, &code, &message);
    if (!s->audio) {
      video_close(&s->video);
      events_send_error(code, message, false);
      return;
    }
  }
  s->streaming = true;
  s->report_at = now + REPORT_NS;
  struct json_object *started = events_new("started");
  json_object_object_add(started, "encoder", json_object_new_string(s->video.ops->name));
  events_send(started);
}

static void set_rate(struct Session *s, int bitrate_kbps, int fps) {
  if (!video_set_rate(&s->video, bitrate_kbps, fps))
    events_send_error("rate_refused", "the encoder keeps its rate", false);
}

static void steer(struct Session *s, const struct Command *command) {
  int64_t now = monotonic_ns();
  switch (command->kind) {
    case COMMAND_KEYFRAME: video_ask_key_frame(&s->video, now); break;
    case COMMAND_BITRATE: set_rate(s, command->value, s->video.fps); break;
    case COMMAND_FPS: set_rate(s, s->video.bitrate_kbps, command->value); break;
    case COMMAND_INPUT: video_pressed(&s->video, now); break;
    case COMMAND_REPEATS: video_set_repeats(&s->video, command->value); break;
    case COMMAND_SCALE:
      if (!video_set_scale(&s->video, command->value, now))
        events_send_error("scale_refused", "the picture keeps its size", false);
      break;
    case COMMAND_STOP_STREAM: stop_stream(s); break;
    case COMMAND_PAUSE:
      video_pause(&s->video);
      if (s->audio) audio_pause(s->audio, true);
      break;
    case COMMAND_RESUME:
      video_resume(&s->video, now);
      if (s->audio) audio_pause(s->audio, false);
      break;
    case COMMAND_START:
    case COMMAND_PING:
    case COMMAND_STOP: break;
  }
}

void session_command(struct Session *s, const char *line) {
  struct Command command;
  char message[200];
  const char *problem = command_parse(line, &command, message, sizeof message);
  if (problem) {
    events_send_error(problem, message, false);
  } else if (command.kind == COMMAND_START) {
    start(s, &command);
  } else if (command.kind == COMMAND_STOP) {
    s->stopping = true;
  } else if (command.kind == COMMAND_PING) {
    events_send_name("pong");
  } else if (s->streaming) {
    steer(s, &command);
  } else {
    events_send_error("not_started", "start first", false);
  }
}

static bool read_x_events(struct Session *s, int64_t now) {
  int seen = capture_poll(&s->capture);
  if (seen & CAPTURE_LOST) {
    events_send_error("x_lost", "the connection to the X server broke", true);
    return false;
  }
  if (seen & CAPTURE_SCREEN_CHANGED) {
    struct json_object *event = events_new("screen");
    json_object_object_add(event, "width", json_object_new_int(s->capture.screen_width));
    json_object_object_add(event, "height", json_object_new_int(s->capture.screen_height));
    events_send(event);
    if (s->streaming) video_screen_changed(&s->video, now);
  }
  if (seen & CAPTURE_DAMAGED && s->streaming) video_damaged(&s->video, now);
  return true;
}

static void report(struct Session *s, int64_t now) {
  video_send_report(&s->video, s->cname, now);
  struct json_object *event = stats_report(&s->video.stats, &s->video.ring, now);
  json_object_object_add(event, "audio", s->audio ? audio_report(s->audio) : NULL);
  events_send_droppable(event);
  s->report_at = now + REPORT_NS;
}

bool session_step(struct Session *s) {
  int64_t now = monotonic_ns();
  if (!read_x_events(s, now)) return false;
  if (!s->streaming) return true;
  video_read_feedback(&s->video, now);
  if (!video_step(&s->video, now)) {
    /* Tells the X server's end, if that is what it was. */
    if (read_x_events(s, now)) events_send_error("encoder_failed", "the encoder gave up", true);
    return false;
  }
  if (now >= s->report_at) report(s, now);
  /* Waiting for the pixels, xcb may have taken new events off the socket, where poll() no longer sees them. */
  return read_x_events(s, monotonic_ns());
}

int64_t session_due(struct Session *s, int64_t now) {
  if (!s->streaming) return INT64_MAX;
  int64_t frame = video_due(&s->video, now);
  return frame < s->report_at ? frame : s->report_at;
}
