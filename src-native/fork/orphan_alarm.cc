#include "orphan_alarm.h"

#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>

namespace smem {
namespace {

// For the handler, which runs on any thread.
std::atomic<pid_t> watched_parent{0};
std::atomic<unsigned> seconds_left{0};
int signal_number = 0;

void set_alarm() {
  struct sigaction action {};
  action.sa_handler = SIG_DFL;
  sigaction(SIGALRM, &action, nullptr);
  alarm(seconds_left);
}

// Any process of this user may send the signal.
void on_parent_death(int) {
  const int saved_errno = errno;
  if (getppid() != watched_parent) set_alarm();
  errno = saved_errno;
}

bool is_taken() {
  struct sigaction present {};
  return signal_number != 0 && sigaction(signal_number, nullptr, &present) == 0 && present.sa_handler == on_parent_death;
}

// From the highest down: glibc and others count from the lowest up.
int take_signal() {
  if (is_taken()) return 0;
  for (int number = SIGRTMAX; number > SIGRTMIN; --number) {
    struct sigaction present {};
    if (sigaction(number, nullptr, &present) != 0 || present.sa_handler != SIG_DFL) continue;
    struct sigaction action {};
    action.sa_handler = on_parent_death;
    action.sa_flags = SA_RESTART | SA_ONSTACK;
    sigfillset(&action.sa_mask);
    if (sigaction(number, &action, nullptr) != 0) continue;
    signal_number = number;
    return 0;
  }
  return EBUSY;
}

}  // namespace

int end_after_parent(pid_t parent, unsigned seconds) {
  watched_parent = parent;
  seconds_left = seconds > 0 ? seconds : 1;
  const int error = take_signal();
  if (error != 0) return error;
  if (prctl(PR_SET_PDEATHSIG, signal_number) != 0) return errno;
  if (getppid() != parent) set_alarm();
  return 0;
}

}  // namespace smem
