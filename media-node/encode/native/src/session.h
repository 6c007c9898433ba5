#ifndef NEARCADE_SESSION_H
#define NEARCADE_SESSION_H
#include "audio.h"
#include "video.h"

/** What the parent steers: ready, then streaming, perhaps paused, then ready again. */
struct Session {
  struct Capture capture;
  struct Video video;
  struct Audio *audio; /**< NULL without sound */
  bool streaming;
  bool stopping; /**< the parent asked for the end */
  int64_t report_at;
  char cname[40];
};

/** Connects to the X server and tells "ready". @return NULL, or why not. */
const char *session_open(struct Session *session);
void session_close(struct Session *session);

/** Obeys one line of the parent's. A bad one is answered with an error and changes nothing. */
void session_command(struct Session *session, const char *line);
/** Sends what is due and reports once a second. False: fatal; the error was told. */
bool session_step(struct Session *session);
/** When session_step wants to be called next at the latest. */
int64_t session_due(struct Session *session, int64_t now);

#endif
