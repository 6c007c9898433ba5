#include <dirent.h>
#include <linux/uinput.h>
#include <stdio.h>
#include <string.h>

#include "uinput_pad.h"

int uinput_pad_node(const struct uinput_pad *pad, char *name, size_t size, unsigned *major, unsigned *minor) {
  char device[64] = "", path[128];
  if (uinput_ioctl(pad->fd, UI_GET_SYSNAME(sizeof device), device) < 0) return -1;
  snprintf(path, sizeof path, "/sys/devices/virtual/input/%s", device);
  DIR *folder = opendir(path);
  if (folder == NULL) return -1;
  int found = -1;
  for (struct dirent *entry; found < 0 && (entry = readdir(folder)) != NULL;) {
    if (strncmp(entry->d_name, "event", 5) != 0) continue;
    snprintf(name, size, "%s", entry->d_name);
    char file[512];
    snprintf(file, sizeof file, "%s/%s/dev", path, entry->d_name);
    FILE *dev = fopen(file, "re");
    if (dev == NULL) continue;
    if (fscanf(dev, "%u:%u", major, minor) == 2) found = 0;
    fclose(dev);
  }
  closedir(folder);
  return found;
}
