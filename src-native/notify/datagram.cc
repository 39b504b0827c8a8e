#include "notify/datagram.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cstddef>
#include <cstring>

#include "procfs/unique_fd.h"

namespace smem {

int send_datagram(std::string_view address, std::string_view text) {
  sockaddr_un target = {};
  target.sun_family = AF_UNIX;
  if (address.size() < 2) return EINVAL;
  const bool abstract = address[0] == '@';
  // A path ends with a NUL, which has to fit; an abstract name begins with one, in place of the "@", and ends by its length.
  if (address.size() + (abstract ? 0 : 1) > sizeof target.sun_path) return ENAMETOOLONG;
  memcpy(target.sun_path, address.data(), address.size());
  if (abstract) target.sun_path[0] = '\0';
  const size_t size = offsetof(sockaddr_un, sun_path) + address.size() + (abstract ? 0 : 1);

  const UniqueFd fd(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!fd.is_open()) return errno;
  const ssize_t sent = sendto(fd.get(), text.data(), text.size(), MSG_NOSIGNAL | MSG_DONTWAIT,
                              reinterpret_cast<const sockaddr*>(&target), static_cast<socklen_t>(size));
  return sent < 0 ? errno : 0;
}

}  // namespace smem
