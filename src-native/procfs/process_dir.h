// /proc/PID held open as a directory. Every file of one sample is opened through it, so that all of them
// belong to one process: once that process is reaped they fail, whoever gets its pid next.
#ifndef SMEM_PROCFS_PROCESS_DIR_H_
#define SMEM_PROCFS_PROCESS_DIR_H_

#include <sys/types.h>

#include <cstddef>
#include <cstdint>

#include "unique_fd.h"

namespace smem {

// Not thread-safe to open or close; any thread may read. Nothing here allocates. Results are 0 or an errno.
class ProcessDir {
 public:
  // ESRCH: no such process. ENOENT or ENOTDIR: `proc_root` itself is not there.
  int open(const char* proc_root, pid_t pid);
  void close() { fd_.reset(); }
  bool is_open() const { return fd_.is_open(); }

  // Whether the process has not been reaped yet; a zombie exists.
  bool exists() const;
  // Exists and is no zombie.
  bool is_alive() const;
  // Owner of the directory: the process's effective uid.
  int owner(uid_t* uid) const;
  // Start time of whom we hold, in clock ticks after boot: field 22 of stat.
  int start_ticks(uint64_t* ticks) const;

  int open_file(const char* name, UniqueFd* file) const;
  // Up to `capacity` bytes of the file, in as many reads as it takes.
  int read_file(const char* name, char* buffer, size_t capacity, size_t* size) const;

 private:
  UniqueFd fd_;
};

// read(2) and pread(2) that start anew when a signal interrupts them: bytes read, or -errno.
ssize_t read_some(int fd, char* buffer, size_t size);
ssize_t read_some_at(int fd, char* buffer, size_t size, off_t offset);

}  // namespace smem

#endif  // SMEM_PROCFS_PROCESS_DIR_H_
