#include "udp.h"

#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/** Room for the largest key frame: the kernel never turns a burst of ours away. */
#define SEND_BUFFER (2 * 1024 * 1024)

int udp_connect(const char *host, uint16_t port) {
  char service[8];
  snprintf(service, sizeof service, "%u", port);
  struct addrinfo hints = {.ai_socktype = SOCK_DGRAM, .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV}, *address;
  if (getaddrinfo(host, service, &hints, &address) != 0) {
    errno = EINVAL;
    return -1;
  }
  int fd = socket(address->ai_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd >= 0) {
    int size = SEND_BUFFER;
    /* Beyond wmem_max only with the right to; the smaller size still works. */
    if (setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof size) != 0)
      setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
    if (connect(fd, address->ai_addr, address->ai_addrlen) != 0) {
      int reason = errno;
      close(fd);
      errno = reason;
      fd = -1;
    }
  }
  freeaddrinfo(address);
  return fd;
}
