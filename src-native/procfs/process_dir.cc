#include "process_dir.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <climits>
#include <cstdio>

#include "process_stat.h"

namespace smem {

int ProcessDir::open(const char* proc_root, pid_t pid) {
  char path[PATH_MAX];
  const int length = std::snprintf(path, sizeof path, "%s/%d", proc_root, static_cast<int>(pid));
  if (length < 0 || static_cast<size_t>(length) >= sizeof path) return ENAMETOOLONG;
  const int fd = ::open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) {
    const int error = errno;
    if (error != ENOENT) return error;
    struct stat root;
    return ::stat(proc_root, &root) == 0 ? ESRCH : errno;
  }
  fd_.reset(fd);
  return 0;
}

bool ProcessDir::exists() const {
  struct stat file;
  return ::fstatat(fd_.get(), "stat", &file, 0) == 0;
}

bool ProcessDir::is_alive() const {
  if (!exists()) return false;
  char buffer[kStatSize];
  size_t size;
  if (read_file("stat", buffer, sizeof buffer, &size) != 0) return exists();
  ProcessStat stat;
  if (!parse_process_stat(std::string_view(buffer, size), &stat)) return true;
  return stat.state != 'Z' && stat.state != 'X' && stat.state != 'x';
}

int ProcessDir::owner(uid_t* uid) const {
  struct stat directory;
  if (::fstat(fd_.get(), &directory) != 0) return errno;
  *uid = directory.st_uid;
  return 0;
}

int ProcessDir::start_ticks(uint64_t* ticks) const {
  char buffer[kStatSize];
  size_t size;
  const int error = read_file("stat", buffer, sizeof buffer, &size);
  if (error != 0) return error == ENOENT ? ESRCH : error;
  ProcessStat stat;
  if (!parse_process_stat(std::string_view(buffer, size), &stat)) return EBADMSG;
  *ticks = stat.start_ticks;
  return 0;
}

int ProcessDir::open_file(const char* name, UniqueFd* file) const {
  const int fd = ::openat(fd_.get(), name, O_RDONLY | O_CLOEXEC | O_NOCTTY);
  if (fd < 0) return errno;
  file->reset(fd);
  return 0;
}

int ProcessDir::read_file(const char* name, char* buffer, size_t capacity, size_t* size) const {
  UniqueFd file;
  const int error = open_file(name, &file);
  if (error != 0) return error;
  *size = 0;
  while (*size < capacity) {
    const ssize_t got = read_some(file.get(), buffer + *size, capacity - *size);
    if (got < 0) return static_cast<int>(-got);
    if (got == 0) break;
    *size += static_cast<size_t>(got);
  }
  return 0;
}

ssize_t read_some(int fd, char* buffer, size_t size) {
  ssize_t got;
  do got = ::read(fd, buffer, size);
  while (got < 0 && errno == EINTR);
  return got < 0 ? -errno : got;
}

ssize_t read_some_at(int fd, char* buffer, size_t size, off_t offset) {
  ssize_t got;
  do got = ::pread(fd, buffer, size, offset);
  while (got < 0 && errno == EINTR);
  return got < 0 ? -errno : got;
}

}  // namespace smem
