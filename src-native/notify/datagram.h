// One datagram to a Unix socket, which Node has not: what a service tells its manager (sd_notify(3)).
#ifndef SMEM_NOTIFY_DATAGRAM_H_
#define SMEM_NOTIFY_DATAGRAM_H_

#include <string_view>

namespace smem {

// Sends `text` to the socket at `address`: a path, or "@" and an abstract name. Returns 0 or an errno; EAGAIN when the
// receiver's queue is full: never blocks. Does not allocate. Any thread.
int send_datagram(std::string_view address, std::string_view text);

}  // namespace smem

#endif  // SMEM_NOTIFY_DATAGRAM_H_
