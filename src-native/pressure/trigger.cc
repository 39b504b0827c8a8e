#include "trigger.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/vfs.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

namespace smem {
namespace {

constexpr int kOpenFlags = O_CLOEXEC | O_NOCTTY;
constexpr size_t kMostArgument = 100;
constexpr size_t kDrainChunk = 4096;
constexpr int kMostDrains = 64;  // a writer that never pauses must not keep the loop here

int open_fd(const char* path, int flags, UniqueFd* fd) {
  const int opened = ::open(path, flags | kOpenFlags);
  if (opened < 0) return errno;
  fd->reset(opened);
  return 0;
}

int open_at(int directory, const char* name, int flags, UniqueFd* fd) {
  const int opened = ::openat(directory, name, flags | kOpenFlags);
  if (opened < 0) return errno;
  fd->reset(opened);
  return 0;
}

// Whether it is procfs or a control group's: whatever else the path may lead to must not be written to.
bool is_of_kernel(int fd) {
  constexpr uint64_t kProc = 0x9fa0, kCgroup1 = 0x27e0eb, kCgroup2 = 0x63677270;  // include/uapi/linux/magic.h
  struct statfs system;
  if (::fstatfs(fd, &system) != 0) return false;
  const uint64_t type = static_cast<uint32_t>(system.f_type);
  return type == kProc || type == kCgroup1 || type == kCgroup2;
}

// In one piece: what takes such texts takes no parts of them.
int write_text(int fd, const char* text, size_t size) {
  ssize_t written;
  do written = ::write(fd, text, size);
  while (written < 0 && errno == EINTR);
  if (written < 0) return errno;
  return static_cast<size_t>(written) == size ? 0 : EIO;
}

int connect_to(const char* path, UniqueFd* fd) {
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  const size_t length = std::strlen(path);
  if (length >= sizeof address.sun_path) return ENAMETOOLONG;
  std::memcpy(address.sun_path, path, length + 1);
  UniqueFd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket.is_open()) return errno;
  int result;
  do result = ::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address);
  while (result != 0 && errno == EINTR);
  if (result != 0) return errno;
  *fd = std::move(socket);
  return 0;
}

bool is_gone(int group) { return ::faccessat(group, "cgroup.event_control", F_OK, 0) != 0; }

PressureState take_trigger(int fd) {
  // The poll of the loop does not tell an event from an error when both are there, as they are once the group is removed.
  pollfd now = {fd, POLLPRI, 0};
  if (::poll(&now, 1, 0) < 0) return PressureState::kNothing;
  return (now.revents & (POLLERR | POLLHUP | POLLNVAL)) != 0 ? PressureState::kEnded : PressureState::kEvent;
}

PressureState take_stream(int fd) {
  char discarded[kDrainChunk];
  bool any = false;
  for (int i = 0; i < kMostDrains; ++i) {
    const ssize_t got = ::read(fd, discarded, sizeof discarded);
    if (got > 0) {
      any = true;
      continue;
    }
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) break;
    // What came before the end is told first; the end is there to be seen again.
    return any ? PressureState::kEvent : PressureState::kEnded;
  }
  return any ? PressureState::kEvent : PressureState::kNothing;
}

PressureState take_counter(int fd, int group, uint64_t* count) {
  uint64_t value;
  ssize_t got;
  do got = ::read(fd, &value, sizeof value);
  while (got < 0 && errno == EINTR);
  if (is_gone(group)) return PressureState::kEnded;
  if (got != static_cast<ssize_t>(sizeof value)) return PressureState::kNothing;
  *count = value;
  return PressureState::kEvent;
}

}  // namespace

int open_trigger(const char* path, std::string_view text, PressureSource* source) {
  UniqueFd fd;
  int error = open_fd(path, O_RDWR | O_NONBLOCK, &fd);
  if (error == 0 && !is_of_kernel(fd.get())) error = EOPNOTSUPP;
  if (error == 0) error = write_text(fd.get(), text.data(), text.size());
  if (error != 0) return error;
  source->kind = PressureKind::kTrigger;
  source->fd = std::move(fd);
  return 0;
}

int open_stream(const char* path, std::string_view text, PressureSource* source) {
  struct stat file;
  if (::stat(path, &file) != 0) return errno;
  UniqueFd fd;
  int error = EOPNOTSUPP;
  // Opened for writing too, so that it does not end with its last writer.
  if (S_ISFIFO(file.st_mode)) error = open_fd(path, O_RDWR | O_NONBLOCK, &fd);
  if (S_ISSOCK(file.st_mode)) error = connect_to(path, &fd);
  // What is written to a FIFO would come back to ourselves.
  if (error == 0 && S_ISSOCK(file.st_mode) && !text.empty()) error = write_text(fd.get(), text.data(), text.size());
  if (error != 0) return error;
  source->kind = PressureKind::kStream;
  source->fd = std::move(fd);
  return 0;
}

int open_counter(const char* directory, const char* file, std::string_view arguments, PressureSource* source) {
  if (arguments.size() > kMostArgument) return EINVAL;
  UniqueFd group, control, target;
  int error = open_fd(directory, O_PATH | O_DIRECTORY, &group);
  if (error == 0) error = open_at(group.get(), "cgroup.event_control", O_WRONLY, &control);
  if (error == 0) error = open_at(group.get(), file, O_RDONLY, &target);
  if (error != 0) return error;
  UniqueFd counter(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!counter.is_open()) return errno;
  char line[kMostArgument + 32];
  const int length = std::snprintf(line, sizeof line, "%d %d %.*s", counter.get(), target.get(),
                                   static_cast<int>(arguments.size()), arguments.data());
  error = write_text(control.get(), line, static_cast<size_t>(length));
  if (error != 0) return error;
  source->kind = PressureKind::kCounter;
  source->fd = std::move(counter);
  source->group = std::move(group);
  return 0;
}

PressureState take_event(const PressureSource& source, uint64_t* count) {
  *count = 1;
  switch (source.kind) {
    case PressureKind::kTrigger:
      return take_trigger(source.fd.get());
    case PressureKind::kStream:
      return take_stream(source.fd.get());
    case PressureKind::kCounter:
      return take_counter(source.fd.get(), source.group.get(), count);
  }
  return PressureState::kNothing;
}

}  // namespace smem
