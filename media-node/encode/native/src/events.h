#ifndef NEARCADE_EVENTS_H
#define NEARCADE_EVENTS_H
#include <json-c/json.h>
#include <stdbool.h>

/**
 * Lines of JSON to the parent on standard output. Safe from any thread, and never waits: what the parent does not read
 * in time is kept up to a limit and then dropped, figures first.
 */
void events_send(struct json_object *event);
/** As events_send, for figures: dropped as soon as the parent is behind. */
void events_send_droppable(struct json_object *event);
/** {"ev": name} */
void events_send_name(const char *name);
/** {"ev": "error"} with a stable code. */
void events_send_error(const char *code, const char *message, bool fatal);
/** An event to add fields to. */
struct json_object *events_new(const char *name);

/** Whether lines wait for the parent to read. */
bool events_waiting(void);
void events_flush(void);
/** Gives the parent up to this long to take the last lines. */
void events_drain(int milliseconds);

#endif
