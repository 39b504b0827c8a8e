#include "free_signal.h"

namespace smem {

int take_free_signal(SignalHandler handler, int highest, int present) {
  struct sigaction found {};
  if (present != 0 && sigaction(present, nullptr, &found) == 0 && found.sa_sigaction == handler) return present;
  for (int number = highest; number > SIGRTMIN; --number) {
    if (sigaction(number, nullptr, &found) != 0 || found.sa_handler != SIG_DFL) continue;
    struct sigaction action {};
    action.sa_sigaction = handler;
    action.sa_flags = SA_SIGINFO | SA_RESTART | SA_ONSTACK;
    sigfillset(&action.sa_mask);
    if (sigaction(number, &action, nullptr) == 0) return number;
  }
  return 0;
}

}  // namespace smem
