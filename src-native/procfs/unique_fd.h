// Owns one file descriptor.
#ifndef SMEM_PROCFS_UNIQUE_FD_H_
#define SMEM_PROCFS_UNIQUE_FD_H_

#include <unistd.h>

#include <utility>

namespace smem {

class UniqueFd {
 public:
  UniqueFd() = default;
  explicit UniqueFd(int fd) : fd_(fd) {}
  UniqueFd(UniqueFd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  UniqueFd& operator=(UniqueFd&& other) noexcept {
    reset(std::exchange(other.fd_, -1));
    return *this;
  }
  UniqueFd(const UniqueFd&) = delete;
  UniqueFd& operator=(const UniqueFd&) = delete;
  ~UniqueFd() { reset(); }

  int get() const { return fd_; }
  bool is_open() const { return fd_ >= 0; }
  // Hands it over: the caller closes it.
  int release() { return std::exchange(fd_, -1); }
  // close(2) is never retried: on Linux the descriptor is gone even when it says EINTR.
  void reset(int fd = -1) {
    if (fd_ >= 0) ::close(fd_);
    fd_ = fd;
  }

 private:
  int fd_ = -1;
};

}  // namespace smem

#endif  // SMEM_PROCFS_UNIQUE_FD_H_
