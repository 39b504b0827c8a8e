#include "orphan_alarm.h"

#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>

#include "free_signal.h"

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
void on_parent_death(int, siginfo_t*, void*) {
  const int saved_errno = errno;
  if (getppid() != watched_parent) set_alarm();
  errno = saved_errno;
}

}  // namespace

int end_after_parent(pid_t parent, unsigned seconds) {
  watched_parent = parent;
  seconds_left = seconds > 0 ? seconds : 1;
  signal_number = take_free_signal(on_parent_death, SIGRTMAX, signal_number);
  if (signal_number == 0) return EBUSY;
  if (prctl(PR_SET_PDEATHSIG, signal_number) != 0) return errno;
  if (getppid() != parent) set_alarm();
  return 0;
}

}  // namespace smem
