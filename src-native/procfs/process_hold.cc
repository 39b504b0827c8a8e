#include "process_hold.h"

#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

#include "process_dir.h"

// The headers of old systems do not know these; the numbers are the same on every architecture.
#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif

namespace smem {
namespace {

constexpr idtype_t kByPidfd = static_cast<idtype_t>(3);  // P_PIDFD

}  // namespace

int check_identity(pid_t pid, uint64_t start_ticks) {
  ProcessDir process;
  uint64_t now = 0;
  int error = process.open("/proc", pid);
  if (error == 0) error = process.start_ticks(&now);
  if (error == 0 && now != start_ticks) error = ESRCH;
  return error;
}

int hold_process(pid_t pid, uint64_t start_ticks, UniqueFd* pidfd) {
  UniqueFd held(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  if (!held.is_open()) return errno;
  // Whoever has the pid now has had it since before the descriptor was opened, or is the one it holds.
  const int error = check_identity(pid, start_ticks);
  if (error != 0) return error;
  siginfo_t info{};
  if (::waitid(kByPidfd, static_cast<id_t>(held.get()), &info, WEXITED | WNOHANG | WNOWAIT) != 0 && errno == EINVAL) return ENOSYS;
  *pidfd = std::move(held);
  return 0;
}

bool reap_process(const UniqueFd& pidfd, ProcessEnding* ending) {
  siginfo_t info{};
  int result;
  do result = ::waitid(kByPidfd, static_cast<id_t>(pidfd.get()), &info, WEXITED | WNOHANG);
  while (result != 0 && errno == EINTR);
  *ending = {};
  if (result != 0) return true;  // ECHILD: another's, or reaped by somebody else in this process
  if (info.si_pid == 0) return false;
  if (info.si_code == CLD_EXITED) {
    ending->code = info.si_status;
  } else {
    ending->signal = info.si_status;
  }
  return true;
}

}  // namespace smem
