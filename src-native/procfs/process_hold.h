// A process held by a pidfd, to wait for its end.
#ifndef SMEM_PROCFS_PROCESS_HOLD_H_
#define SMEM_PROCFS_PROCESS_HOLD_H_

#include <sys/types.h>

#include <cstdint>

#include "unique_fd.h"

namespace smem {

// 0 when the process that has the pid began at `start_ticks`, ESRCH when it is another. Pids are of our own namespace, so that it has to
// be our own /proc too, whatever tree the process was read from.
int check_identity(pid_t pid, uint64_t start_ticks);

// `start_ticks` is field 22 of /proc/PID/stat of whom is meant; a zombie will do. `*pidfd` is ready to be read once the process has
// ended. 0 or an errno; ESRCH: it is gone. ENOSYS: before Linux 5.4. Does not allocate.
int hold_process(pid_t pid, uint64_t start_ticks, UniqueFd* pidfd);

// How it ended: an exit code or else a signal. Both -1: it is not a child of this process, whose parent is told instead.
struct ProcessEnding {
  int code = -1;
  int signal = -1;
};

// Reaps an ended child. False when it has not ended.
bool reap_process(const UniqueFd& pidfd, ProcessEnding* ending);

}  // namespace smem

#endif  // SMEM_PROCFS_PROCESS_HOLD_H_
