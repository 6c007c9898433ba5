/**
 * nearcade-media: one session's picture and sound, from the X server and PulseAudio to RTP.
 * Driven by lines of JSON on standard input; see README.md for the protocol. With --probe it tells which encoders work here.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "clock.h"
#include "events.h"
#include "line_reader.h"
#include "probe.h"
#include "session.h"

enum ExitCode { EXIT_STOPPED = 0, EXIT_NO_DISPLAY = 3, EXIT_LOST = 4 };

/** The kernel may wake us this much late; the default is 50 us. */
#define TIMER_SLACK_NS 1000UL
#define DRAIN_MS 200

enum { X_SERVER, COMMANDS, VIDEO_SOCKET, EVENTS, POLLED };

/** False: the parent closed its end. */
static bool read_commands(struct Session *session, struct LineReader *reader) {
  if (!line_reader_fill(reader, STDIN_FILENO)) return false;
  char *line;
  enum LineResult result;
  while (!session->stopping && (result = line_reader_next(reader, &line)) != LINE_NONE) {
    if (result == LINE_TOO_LONG)
      events_send_error("bad_json", "the line is too long", false);
    else
      session_command(session, line);
  }
  return true;
}

static void wait_for_work(struct Session *session, struct pollfd fds[POLLED]) {
  int64_t now = monotonic_ns(), due = session_due(session, now), wait = due > now ? due - now : 0;
  struct timespec timeout = {.tv_sec = wait / NS_PER_SECOND, .tv_nsec = wait % NS_PER_SECOND};
  fds[X_SERVER].fd = xcb_get_file_descriptor(session->capture.connection);
  fds[COMMANDS].fd = STDIN_FILENO;
  fds[VIDEO_SOCKET].fd = session->streaming ? session->video.fd : -1;
  fds[EVENTS].fd = events_waiting() ? STDOUT_FILENO : -1;
  for (int i = 0; i < POLLED; i++) fds[i].events = i == EVENTS ? POLLOUT : POLLIN;
  if (ppoll(fds, POLLED, due == INT64_MAX ? NULL : &timeout, NULL) <= 0)
    for (int i = 0; i < POLLED; i++) fds[i].revents = 0;
}

static enum ExitCode run(struct Session *session) {
  static struct LineReader reader;
  struct pollfd fds[POLLED] = {0};
  while (session_step(session)) {
    wait_for_work(session, fds);
    if (fds[EVENTS].revents) events_flush();
    if (fds[COMMANDS].revents && !read_commands(session, &reader)) return EXIT_STOPPED;
    if (session->stopping) return EXIT_STOPPED;
  }
  return EXIT_LOST;
}

int main(int count, char **arguments) {
  signal(SIGPIPE, SIG_IGN);
  prctl(PR_SET_TIMERSLACK, TIMER_SLACK_NS);
  json_c_set_serialization_double_format("%.3f", JSON_C_OPTION_GLOBAL);
  if (count > 1 && strcmp(arguments[1], "--probe") == 0) {
    probe_encoders();
    return EXIT_STOPPED;
  }
  static struct Session session;
  const char *problem = session_open(&session);
  enum ExitCode code = EXIT_NO_DISPLAY;
  if (problem)
    events_send_error("no_display", problem, true);
  else
    code = run(&session);
  session_close(&session);
  events_drain(DRAIN_MS);
  return code;
}
