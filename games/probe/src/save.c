#include "save.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { PATH_BYTES = 512 };

static void path_of(char path[PATH_BYTES], const char *name) {
  const char *home = getenv("HOME");
  snprintf(path, PATH_BYTES, "%s/saves%s", home == NULL ? "." : home, name);
}

void save_load(struct state *state) {
  char path[PATH_BYTES];
  path_of(path, "/presses");
  FILE *file = fopen(path, "r");
  if (file == NULL) return;
  unsigned presses[SEATS];
  if (fscanf(file, "%u %u %u %u", &presses[0], &presses[1], &presses[2], &presses[3]) == SEATS) {
    for (int seat = 0; seat < SEATS; seat++) state->presses[seat] = presses[seat];
  }
  fclose(file);
}

void save_write(const struct state *state) {
  char folder[PATH_BYTES], path[PATH_BYTES], fresh[PATH_BYTES];
  path_of(folder, "");
  path_of(path, "/presses");
  path_of(fresh, "/presses.new");
  if (mkdir(folder, 0700) != 0 && errno != EEXIST) {
    fprintf(stderr, "probe: %s: %s\n", folder, strerror(errno));
    return;
  }
  FILE *file = fopen(fresh, "w");
  if (file == NULL) {
    fprintf(stderr, "probe: %s: %s\n", fresh, strerror(errno));
    return;
  }
  const unsigned *presses = state->presses;
  const bool written = fprintf(file, "%u %u %u %u\n", presses[0], presses[1], presses[2], presses[3]) > 0;
  if (fclose(file) != 0 || !written || rename(fresh, path) != 0) {
    fprintf(stderr, "probe: %s: %s\n", path, strerror(errno));
  }
}
