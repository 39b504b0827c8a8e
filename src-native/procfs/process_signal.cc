#include "process_signal.h"

#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

#include "process_hold.h"
#include "unique_fd.h"

// The headers of old systems do not know these; the numbers are the same on every architecture.
#ifndef SYS_pidfd_send_signal
#define SYS_pidfd_send_signal 424
#endif
#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif

namespace smem {
int signal_process(pid_t pid, uint64_t start_ticks, int signal) {
  const UniqueFd held(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  // EPERM: what seccomp filters of old containers answer to a system call that they do not know.
  if (!held.is_open() && errno != ENOSYS && errno != EPERM) return errno;
  // Whoever has the pid now has had it since before the descriptor was opened, or is the one it holds.
  const int error = check_identity(pid, start_ticks);
  if (error != 0) return error;
  if (held.is_open()) {
    if (::syscall(SYS_pidfd_send_signal, held.get(), signal, nullptr, 0) == 0) return 0;
    if (errno != ENOSYS) return errno;  // kill(2) after EPERM might reach another by now
  }
  return ::kill(pid, signal) == 0 ? 0 : errno;
}

}  // namespace smem
