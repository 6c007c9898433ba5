// Reaching anything beside X and sound.
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "attempt.h"

// A refusal comes at once; what is dropped on the way takes this long to be one.
enum { CONNECT_MS = 1500 };

static long connect_to(const char *host, int port) {
  struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
  struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port)};
  const int is_v4 = inet_pton(AF_INET, host, &v4.sin_addr);
  if (!is_v4) inet_pton(AF_INET6, host, &v6.sin6_addr);
  const int socket_of = socket(is_v4 ? AF_INET : AF_INET6, SOCK_STREAM | SOCK_NONBLOCK, 0);
  const int started = is_v4 ? connect(socket_of, (struct sockaddr *)&v4, sizeof v4)
                            : connect(socket_of, (struct sockaddr *)&v6, sizeof v6);
  if (started == 0 || errno != EINPROGRESS) return started;
  struct pollfd ready = {.fd = socket_of, .events = POLLOUT};
  if (poll(&ready, 1, CONNECT_MS) == 0) {
    errno = ETIMEDOUT;
    return -1;
  }
  int error = 0;
  socklen_t length = sizeof error;
  getsockopt(socket_of, SOL_SOCKET, SO_ERROR, &error, &length);
  errno = error;
  return error == 0 ? 0 : -1;
}

static long send_to(const char *host, int port) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
  inet_pton(AF_INET, host, &address.sin_addr);
  const int datagrams = socket(AF_INET, SOCK_DGRAM, 0);
  return sendto(datagrams, "x", 1, 0, (struct sockaddr *)&address, sizeof address);
}

static void metadata(void) {
  tried("TCP", connect_to("169.254.169.254", 80));
  tried("IPv6", connect_to("fd00:ec2::254", 80));
  tried("mapped", connect_to("::ffff:169.254.169.254", 80));
  tried("UDP", send_to("169.254.169.254", 80));
}

// Addresses that documentation is written with (RFC 5737): nobody is there.
static void internet(void) {
  tried("TCP", connect_to("192.0.2.1", 443));
  tried("UDP", send_to("192.0.2.1", 443));
  tried("IPv6", connect_to("2001:db8::1", 443));
}

static void names(void) {
  tried("UDP", send_to("192.0.2.53", 53));
  struct addrinfo *found;
  const int error = getaddrinfo("example.com", "80", NULL, &found);
  errno = EHOSTUNREACH;
  tried("getaddrinfo", error == 0 ? 0 : -1);
}

static void node_ports(void) {
  char ports[256];
  snprintf(ports, sizeof ports, "%s", known("NODE_PORTS"));
  for (char *port = strtok(ports, ","); port != NULL; port = strtok(NULL, ",")) {
    tried(port, connect_to("127.0.0.1", atoi(port)));
    tried(port, connect_to("::1", atoi(port)));
  }
  tried("the gateway of containers", connect_to("172.17.0.1", 22));
}

static void raw_sockets(void) {
  tried("IP", socket(AF_INET, SOCK_RAW, IPPROTO_TCP));
  tried("packets", socket(AF_PACKET, SOCK_RAW, htons(3)));
  tried("ICMP", socket(AF_INET, SOCK_RAW, IPPROTO_ICMP));
}

// Each kernel module behind a family is one more way in.
static void other_families(void) {
  tried("vsock", socket(AF_VSOCK, SOCK_STREAM, 0));
  tried("alg", socket(AF_ALG, SOCK_SEQPACKET, 0));
  tried("bluetooth", socket(AF_BLUETOOTH, SOCK_RAW, 1));
  tried("xdp", socket(AF_XDP, SOCK_RAW, 0));
  tried("tipc", socket(AF_TIPC, SOCK_RDM, 0));
  tried("can", socket(AF_CAN, SOCK_RAW, 1));
  tried("rds", socket(AF_RDS, SOCK_SEQPACKET, 0));
  tried("smc", socket(AF_SMC, SOCK_STREAM, 0));
}

static void make_interface(void) {
  const int routing = socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);
  if (routing < 0) {
    tried("netlink", -1);
    return;
  }
  struct {
    struct nlmsghdr header;
    struct ifaddrmsg address;
  } request = {
      .header = {sizeof request, RTM_NEWADDR, NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE, 1, 0},
      .address = {.ifa_family = AF_INET, .ifa_prefixlen = 8, .ifa_index = 1},
  };
  struct {
    struct nlmsghdr header;
    struct nlmsgerr error;
    char rest[512];
  } answer;
  if (send(routing, &request, sizeof request, 0) < 0 || recv(routing, &answer, sizeof answer, 0) < 0) {
    tried("an address", -1);
    return;
  }
  errno = -answer.error.error;
  tried("an address", answer.error.error);
}

static long connect_unix(const char *path, int is_abstract) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  snprintf(address.sun_path + is_abstract, sizeof address.sun_path - 1, "%s", path);
  const socklen_t length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + is_abstract + strlen(path));
  return connect(socket(AF_UNIX, SOCK_STREAM, 0), (struct sockaddr *)&address, is_abstract ? length : sizeof address);
}

static void abstract_sockets(void) {
  tried("a socket of the node", connect_unix(known("ABSTRACT_SOCKET"), 1));
  tried("session bus", connect_unix("/tmp/dbus-session", 1));
  char line[256], others = 0;
  FILE *sockets = fopen("/proc/net/unix", "r");
  while (fgets(line, sizeof line, sockets) != NULL) others += strchr(line, '@') != NULL;
  fclose(sockets);
  if (others > 0) escaped("%d are seen", others);
}

static void sockets_of_services(void) {
  tried("system bus", connect_unix("/run/dbus/system_bus_socket", 0));
  tried("docker", connect_unix("/var/run/docker.sock", 0));
  tried("systemd", connect_unix("/run/systemd/private", 0));
  tried("a socket of the node", connect_unix(known("NODE_SOCKET"), 0));
}

const struct attempt NETWORK[] = {
    {"metadata", metadata},
    {"internet", internet},
    {"names", names},
    {"node-ports", node_ports},
    {"raw-sockets", raw_sockets},
    {"other-families", other_families},
    {"make-interface", make_interface},
    {"abstract-sockets", abstract_sockets},
    {"sockets-of-services", sockets_of_services},
    {0},
};
