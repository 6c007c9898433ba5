#ifndef NEARCADE_UDP_H
#define NEARCADE_UDP_H
#include <stdint.h>

/** A connected, non-blocking UDP socket to a numeric address. @return -1, errno set, if it cannot be had. */
int udp_connect(const char *host, uint16_t port);

#endif
