// Sockets that are bound and listen, for other processes to accept from.
#ifndef SMEM_SOCKETS_LISTEN_H_
#define SMEM_SOCKETS_LISTEN_H_

#include "procfs/unique_fd.h"

namespace smem {

// Results are 0 or an errno; `*fd` is changed on success only: closed on exec, and not blocking. Any thread.

// `host` is an address in figures; "" is every address of IPv6 and IPv4, or of IPv4 where there is no IPv6, as Node listens.
// `*port` 0: one that is free, which it then is. With SO_REUSEADDR.
int listen_tcp(const char* host, int* port, int backlog, UniqueFd* fd);

// Replaces a socket file on which nobody listens. EADDRINUSE: somebody does, the file is no socket, or another process is about to
// replace it. ENAMETOOLONG: more than 107 bytes.
int listen_unix(const char* path, int backlog, UniqueFd* fd);

// Nobody can connect any more, through whichever descriptor of the socket it listened: connections that wait to be accepted are
// reset, and accept() fails with EINVAL. Of a Unix socket those that wait can still be accepted; the file stays. A socket that does
// not listen is left as it is.
int stop_listening(int fd);

// How many connections of a TCP socket wait to be accepted. 0 where that is not known.
int waiting_connections(int fd);

}  // namespace smem

#endif  // SMEM_SOCKETS_LISTEN_H_
