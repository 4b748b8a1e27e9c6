/* goconc/io.h: waiting for descriptors without keeping a thread.
 *
 * Each function is the system call of its name with a deadline: a goroutine that has to wait parks, and
 * its thread runs others. Sockets, pipes, event descriptors, terminals and whatever else the system can
 * poll are waited for. Regular files and the like are always ready; what they cost of time costs a thread of
 * goc_blocking(), and no deadline cuts it short.
 *
 * Results: 0 or more (a count, a descriptor), or one of these, and what the function adds:
 *   - GOC_ESYSTEM: the system call has failed, errno says why (EBADF for a descriptor that is not open);
 *   - GOC_EFDCLOSED: goc_fd_close() has closed the descriptor during the wait;
 *   - GOC_ETIMEDOUT at the deadline; if that has passed already, after one try;
 *   - GOC_EAGAIN for GOC_NOW when it would wait, and when the process can have no descriptor or thread
 *     for the waiting itself;
 *   - GOC_EINVAL: a pointer is NULL that must not be, or a length is beyond PTRDIFF_MAX;
 *   - GOC_ENOMEM;
 *   - GOC_ECANCELED for a plain thread, if goc_shutdown() has stopped the runtime during the wait.
 * Signals do not interrupt: what would give EINTR starts again.
 *
 * Nothing needs to be prepared: the flags of a descriptor may be what they are. They stay so, except that
 * goc_accept() sets O_NONBLOCK on the listening socket, and that goc_connect(), and goc_write() to a
 * terminal (to a pipe before Linux 6.4), set it while they call the system. Non-blocking descriptors work as
 * well.
 * A terminal, or a pipe before Linux 6.4, is polled before it is read; if somebody else reads what was there,
 * the call keeps a thread, also beyond its deadline.
 *
 * Any number of goroutines and threads may use a descriptor at the same time. Those that wait for the
 * same direction are woken in the order in which they came, each as long as there is something for it; a call
 * that finds something at once, or comes while the one that was woken looks, does not stand in line.
 *
 * Descriptors that goroutines have waited for are closed with goc_fd_close(). Of a close(2) nobody who waits
 * is told; and if the number is open anew, who waits for it first may learn some 10 ms late that it is
 * ready (not after goc_accept(), which knows that it is new).
 *
 * The first wait starts the runtime, and opens two descriptors (epoll, eventfd), which goc_shutdown()
 * closes. In a fork's child they are closed; it opens its own when it waits. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GOCONC_IO_H
#define GOCONC_IO_H

#include <goconc/error.h> /* IWYU pragma: export */

/* Of <sys/uio.h> and <sys/socket.h>, which a program includes that uses them; they would take names such
 * as send from one that does not. Lengths of addresses are of the type socklen_t. */
struct iovec;    /* IWYU pragma: keep */
struct sockaddr; /* IWYU pragma: keep */

GOC_BEGIN_DECLS

/** What a descriptor can be ready for: bits that may be combined. */
#define GOC_READ 1
#define GOC_WRITE 2

/** Waits until a call would not have to wait for fd, in one of the directions.
 *  @param events GOC_READ, GOC_WRITE or both.
 *  @param deadline absolute time, GOC_FOREVER, or GOC_NOW.
 *  @return the directions that are ready, 1 to 3; one that is at its end or broken is ready. Or
 *  GOC_ESYSTEM, GOC_EFDCLOSED, GOC_ETIMEDOUT, GOC_EAGAIN, GOC_ENOMEM, GOC_ECANCELED; GOC_EINVAL for other
 *  events. */
GOC_API int goc_fd_wait(int fd, int events, int64_t deadline);

/** Closes fd, whose waiters get GOC_EFDCLOSED. It waits until calls that are just being tried have come
 *  back, so that they do not meet what gets the number next (a tenth of a second at most, for those that keep
 *  their thread), and then takes as long as close(2), on a goroutine and on a thread.
 *  @return GOC_OK; GOC_ESYSTEM: it is closed nevertheless, unless errno is EBADF. */
GOC_API int goc_fd_close(int fd);

/** Reads what there is, at most len bytes.
 *  @return the number of bytes, which may be less than len; 0 at the end (of a file, of what the other
 *  side sends); GOC_ESYSTEM, GOC_EFDCLOSED, GOC_ETIMEDOUT, GOC_EAGAIN, GOC_EINVAL, GOC_ENOMEM,
 *  GOC_ECANCELED: nothing has been read. */
GOC_API int64_t goc_read(int fd, void *data, size_t len, int64_t deadline);

/** Writes all len bytes, in several steps if need be. A socket whose other side is gone raises no
 *  SIGPIPE, only EPIPE; nor does a pipe on a goroutine, whose thread blocks that signal.
 *  @return len, or the number of bytes that were written before something went wrong: the next call
 *  tells what. If none were: as goc_read(). */
GOC_API int64_t goc_write(int fd, const void *data, size_t len, int64_t deadline);

/** goc_read() into several buffers, one after the other.
 *  @return as goc_read(). */
GOC_API int64_t goc_readv(int fd, const struct iovec *parts, int count, int64_t deadline);

/** goc_write() of several buffers, one after the other.
 *  @return as goc_write(). */
GOC_API int64_t goc_writev(int fd, const struct iovec *parts, int count, int64_t deadline);

/** Accepts a connection. The new descriptor is closed by exec (FD_CLOEXEC).
 *  @param from gets the address of the other side, as from accept(2), if it is not NULL.
 *  @return the new descriptor, or as goc_read(). */
GOC_API int goc_accept(int fd, struct sockaddr *from, uint32_t *from_len, int64_t deadline);

/** Connects a socket. If that takes longer than the deadline the system goes on with it: close the
 *  socket, or wait for it with another goc_connect(). To a socket in the file system whose queue is
 *  full it is tried once a millisecond.
 *  @return GOC_OK; as goc_read(): GOC_ESYSTEM with ECONNREFUSED and so on. */
GOC_API int goc_connect(int fd, const struct sockaddr *to, uint32_t to_len, int64_t deadline);

/** Receives from a socket.
 *  @param flags as of recv(2).
 *  @return as goc_read(). Of a datagram that is longer than len the rest is lost. */
GOC_API int64_t goc_recv(int fd, void *data, size_t len, int flags, int64_t deadline);

/** goc_recv() that tells from whom.
 *  @param from gets the address, as from recvfrom(2), if it is not NULL.
 *  @return as goc_recv() and goc_read(). */
GOC_API int64_t goc_recvfrom(int fd, void *data, size_t len, int flags, struct sockaddr *from,
                             uint32_t *from_len, int64_t deadline);

/** Sends to a connected socket: a datagram, or all bytes as goc_write() does.
 *  @param flags as of send(2).
 *  @return as goc_write() and goc_read(). */
GOC_API int64_t goc_send(int fd, const void *data, size_t len, int flags, int64_t deadline);

/** goc_send() to an address.
 *  @param to may be NULL if the socket is connected.
 *  @return as goc_send() and goc_read(). */
GOC_API int64_t goc_sendto(int fd, const void *data, size_t len, int flags,
                           const struct sockaddr *to, uint32_t to_len, int64_t deadline);

GOC_END_DECLS

#endif
