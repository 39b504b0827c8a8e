// Sends a signal to one process and never to another that got its pid.
#ifndef SMEM_PROCFS_PROCESS_SIGNAL_H_
#define SMEM_PROCFS_PROCESS_SIGNAL_H_

#include <sys/types.h>

#include <cstdint>

namespace smem {

// `start_ticks` is field 22 of /proc/PID/stat of whom is meant. Holds the process by a pidfd meanwhile; before Linux 5.3, and where
// a filter forbids it, a process that ends and whose pid is used anew between two system calls would get it instead.
// 0 or an errno; ESRCH: it is gone. Does not allocate.
int signal_process(pid_t pid, uint64_t start_ticks, int signal);

}  // namespace smem

#endif  // SMEM_PROCFS_PROCESS_SIGNAL_H_
