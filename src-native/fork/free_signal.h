// A real-time signal for this library's own use.
#ifndef SMEM_FORK_FREE_SIGNAL_H_
#define SMEM_FORK_FREE_SIGNAL_H_

#include <signal.h>

namespace smem {

using SignalHandler = void (*)(int number, siginfo_t* info, void* context);

// Has the handler get a signal that nobody handles, from `highest` down, for glibc and others count from the lowest up; or leaves it
// with `present`, when that is still its own. All signals are blocked while it runs. The number, or 0: every one has a handler.
int take_free_signal(SignalHandler handler, int highest, int present);

}  // namespace smem

#endif  // SMEM_FORK_FREE_SIGNAL_H_
