// /proc/PID/stat and statm, which every user may read.
#ifndef SMEM_PROCFS_PROCESS_STAT_H_
#define SMEM_PROCFS_PROCESS_STAT_H_

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace smem {

constexpr size_t kStatSize = 1024;  // 52 numbers and a comm of at most 64 bytes
constexpr size_t kStatmSize = 160;

struct ProcessStat {
  std::string_view comm;  // any byte but NUL, parentheses and newlines included
  char state;             // 'Z' and 'X' have no address space any more
  bool kernel_thread;     // PF_KTHREAD: never had one
  int64_t ppid;
  uint64_t threads;
  uint64_t start_ticks;

  bool has_address_space() const { return !kernel_thread && state != 'Z' && state != 'X' && state != 'x'; }
};

// `comm` points into `text`. False when the text is no stat line.
bool parse_process_stat(std::string_view text, ProcessStat* stat);

// Resident bytes. False when the text is no statm line; `*size` (VSS, bytes) is 0 without an address space.
bool parse_statm(std::string_view text, uint64_t* size, uint64_t* resident);

}  // namespace smem

#endif  // SMEM_PROCFS_PROCESS_STAT_H_
