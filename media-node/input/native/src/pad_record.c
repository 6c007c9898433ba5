#include "pad_record.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static uint16_t u16(const uint8_t *at) { return (uint16_t)(at[0] | at[1] << 8); }

int pad_record_parse(const uint8_t bytes[PAD_RECORD_BYTES], struct pad_record *record) {
  if (bytes[0] != 1 || bytes[1] >= PADS || bytes[2] > 1) return -1;
  record->pad = bytes[1];
  record->plugged = bytes[2];
  record->state.buttons = u16(bytes + 4) | (uint32_t)u16(bytes + 6) << 16;
  for (int i = 0; i < 4; i++) record->state.sticks[i] = (int16_t)u16(bytes + 8 + 2 * i);
  memcpy(record->state.triggers, bytes + 16, 2);
  return 0;
}

int pad_record_read(int socket, struct pad_record *record) {
  uint8_t bytes[PAD_RECORD_BYTES];
  size_t have = 0;
  while (have < sizeof bytes) {
    ssize_t got = recv(socket, bytes + have, sizeof bytes - have, 0);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return -1;
    have += (size_t)got;
  }
  return pad_record_parse(bytes, record);
}

void pad_rumble_send(int socket, int pad, uint16_t low, uint16_t high) {
  const uint8_t bytes[8] = {1, (uint8_t)pad, 0, 0, (uint8_t)low, (uint8_t)(low >> 8), (uint8_t)high, (uint8_t)(high >> 8)};
  (void)!send(socket, bytes, sizeof bytes, MSG_DONTWAIT | MSG_NOSIGNAL);
}

int pad_socket_connect(const char *path) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  if (strlen(path) >= sizeof address.sun_path) return -1;
  strcpy(address.sun_path, path);
  int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return -1;
  if (connect(fd, (struct sockaddr *)&address, sizeof address) == 0) return fd;
  close(fd);
  return -1;
}
