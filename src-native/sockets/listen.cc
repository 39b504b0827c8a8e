#include "sockets/listen.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <ctime>

namespace smem {
namespace {

constexpr int kStream = SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK;

int bind_and_listen(const UniqueFd& fd, const sockaddr* address, socklen_t size, int backlog) {
  if (bind(fd.get(), address, size) != 0) return errno;
  return listen(fd.get(), backlog) == 0 ? 0 : errno;
}

int port_of(const UniqueFd& fd) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  if (getsockname(fd.get(), reinterpret_cast<sockaddr*>(&address), &size) != 0) return 0;
  const bool is_v6 = address.ss_family == AF_INET6;
  return ntohs(is_v6 ? reinterpret_cast<sockaddr_in6*>(&address)->sin6_port : reinterpret_cast<sockaddr_in*>(&address)->sin_port);
}

int listen_inet(const sockaddr* address, socklen_t size, int backlog, int* port, UniqueFd* fd) {
  UniqueFd made(socket(address->sa_family, kStream, 0));
  if (!made.is_open()) return errno;
  const int on = 1;
  const int off = 0;
  if (setsockopt(made.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0) return errno;
  // As Node does, whatever net.ipv6.bindv6only says: '::' is every address of both families.
  if (address->sa_family == AF_INET6 && setsockopt(made.get(), IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off) != 0) return errno;
  const int error = bind_and_listen(made, address, size, backlog);
  if (error != 0) return error;
  *port = port_of(made);
  *fd = std::move(made);
  return 0;
}

int listen_everywhere(int* port, int backlog, UniqueFd* fd) {
  sockaddr_in6 any6{};
  any6.sin6_family = AF_INET6;
  any6.sin6_port = htons(static_cast<uint16_t>(*port));
  const int error = listen_inet(reinterpret_cast<sockaddr*>(&any6), sizeof any6, backlog, port, fd);
  const bool has_v6 = error != EAFNOSUPPORT && error != EADDRNOTAVAIL && error != EINVAL;
  if (has_v6) return error;
  sockaddr_in any4{};
  any4.sin_family = AF_INET;
  any4.sin_port = htons(static_cast<uint16_t>(*port));
  return listen_inet(reinterpret_cast<sockaddr*>(&any4), sizeof any4, backlog, port, fd);
}

int to_errno(int resolver_error) {
  if (resolver_error == EAI_SYSTEM) return errno;
  return resolver_error == EAI_MEMORY ? ENOMEM : EINVAL;
}

bool is_refused(const sockaddr_un& address) {
  const UniqueFd fd(socket(AF_UNIX, kStream, 0));
  return fd.is_open() && connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 && errno == ECONNREFUSED;
}

bool is_socket(const char* path) {
  struct stat status {};
  return lstat(path, &status) == 0 && S_ISSOCK(status.st_mode);
}

UniqueFd open_folder_of(const char* path) {
  char folder[sizeof sockaddr_un::sun_path];
  strcpy(folder, path);
  char* const slash = strrchr(folder, '/');
  if (slash == folder) return UniqueFd(open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (slash) *slash = '\0';
  return UniqueFd(open(slash ? folder : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
}

// Two processes that find the same stale file must not remove each other's new one: they lock the folder, which another program may
// have locked for long.
bool lock(const UniqueFd& folder) {
  constexpr int kTries = 100;
  const timespec moment{0, 1000000};
  for (int i = 0; folder.is_open() && i < kTries; ++i) {
    if (flock(folder.get(), LOCK_EX | LOCK_NB) == 0) return true;
    if (errno != EWOULDBLOCK && errno != EINTR) return false;
    nanosleep(&moment, nullptr);
  }
  return false;
}

// Without the lock a file that is there stays.
int bind_and_listen_at_path(const UniqueFd& fd, const sockaddr_un& address, int backlog) {
  const UniqueFd folder = open_folder_of(address.sun_path);
  const bool is_locked = lock(folder);
  const auto bind_it = [&] { return bind_and_listen(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address, backlog); };
  const int error = bind_it();
  if (error != EADDRINUSE || !is_locked || !is_socket(address.sun_path) || !is_refused(address)) return error;
  return unlink(address.sun_path) == 0 ? bind_it() : errno;
}

}  // namespace

int listen_tcp(const char* host, int* port, int backlog, UniqueFd* fd) {
  if (*host == '\0') return listen_everywhere(port, backlog, fd);
  char service[8];
  snprintf(service, sizeof service, "%d", *port);
  addrinfo hints{};
  hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int resolver_error = getaddrinfo(host, service, &hints, &found);
  if (resolver_error != 0) return to_errno(resolver_error);
  const int error = listen_inet(found->ai_addr, found->ai_addrlen, backlog, port, fd);
  freeaddrinfo(found);
  return error;
}

int listen_unix(const char* path, int backlog, UniqueFd* fd) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (strlen(path) >= sizeof address.sun_path) return ENAMETOOLONG;
  strcpy(address.sun_path, path);
  UniqueFd made(socket(AF_UNIX, kStream, 0));
  if (!made.is_open()) return errno;
  const int error = bind_and_listen_at_path(made, address, backlog);
  if (error == 0) *fd = std::move(made);
  return error;
}

int stop_listening(int fd) {
  int listens = 0;
  socklen_t size = sizeof listens;
  if (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) != 0) return errno;
  if (!listens) return 0;
  return shutdown(fd, SHUT_RDWR) == 0 || errno == ENOTCONN ? 0 : errno;
}

int waiting_connections(int fd) {
  tcp_info info{};
  socklen_t size = sizeof info;
  if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) != 0 || info.tcpi_state != TCP_LISTEN) return 0;
  // Of a socket that listens the kernel reports the length of its queue here.
  return static_cast<int>(info.tcpi_unacked);
}

}  // namespace smem
