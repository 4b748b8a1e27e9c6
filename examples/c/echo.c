/* echo.c: a TCP server that sends back what it gets, and clients that talk to it, all goroutines.
 * Usage: echo [CLIENTS] */
#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include "must.h"

static goc_wg *connections, *clients;
static struct sockaddr_in address; /* where the server listens */

static int tcp_socket(void) {
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  return must(fd < 0 ? GOC_ESYSTEM : fd);
}

/* One for each connection, until the other side has no more to say. */
static void serve(void *arg) {
  const int fd = (int)(intptr_t)arg;
  char data[512];
  int64_t got;
  while ((got = goc_read(fd, data, sizeof data, GOC_FOREVER)) > 0) {
    must((int)goc_write(fd, data, (size_t)got, GOC_FOREVER));
  }
  must(goc_fd_close(fd));
}

/* Ends when the listening socket is closed: while it waits, or before, when the system finds no socket. */
static void listen_for(void *arg) {
  const int listener = (int)(intptr_t)arg;
  int fd;
  while ((fd = goc_accept(listener, NULL, NULL, GOC_FOREVER)) >= 0) {
    must(goc_wg_go(connections, serve, (void *)(intptr_t)fd));
  }
  if (fd == GOC_EFDCLOSED || (fd == GOC_ESYSTEM && errno == EBADF)) fd = GOC_OK;
  printf("listener ends: %s\n", goc_strerror(fd));
}

static void talk(void *arg) {
  const int id = (int)(intptr_t)arg, fd = tcp_socket();
  must(goc_connect(fd, (struct sockaddr *)&address, sizeof address, goc_deadline(GOC_SECOND)));
  for (int i = 1; i <= 3; i++) {
    char line[64], echo[64];
    const int len = snprintf(line, sizeof line, "client %d: line %d", id, i);
    must((int)goc_write(fd, line, (size_t)len, GOC_FOREVER));
    for (int got = 0; got < len;) {
      got += must((int)goc_read(fd, echo + got, (size_t)(len - got), goc_deadline(GOC_SECOND)));
    }
    printf("%.*s%s\n", len, echo, memcmp(line, echo, (size_t)len) == 0 ? "" : " (garbled)");
  }
  must(goc_fd_close(fd));
}

int main(int argc, char **argv) {
  const int count = argc > 1 ? atoi(argv[1]) : 3;
  socklen_t len = sizeof address;
  const int listener = tcp_socket();
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (bind(listener, (struct sockaddr *)&address, len) != 0 || listen(listener, 128) != 0 ||
      getsockname(listener, (struct sockaddr *)&address, &len) != 0) {
    perror("echo");
    return EXIT_FAILURE;
  }
  must(goc_wg_new(&connections));
  must(goc_wg_new(&clients));
  must(goc_wg_go(connections, listen_for, (void *)(intptr_t)listener));
  for (int id = 1; id <= count; id++) must(goc_wg_go(clients, talk, (void *)(intptr_t)id));
  must(goc_wg_wait(clients, GOC_FOREVER));
  must(goc_fd_close(listener));
  must(goc_wg_wait(connections, GOC_FOREVER));
  goc_wg_release(clients);
  goc_wg_release(connections);
  return 0;
}
