// Every thread but the calling one: held still in the parent, and alive again in the child.
//
// A parked thread waits in a signal handler on its own stack, having stored what a new kernel thread needs to become it. fork
// copies the stack; the child starts a kernel thread that steps into the stored context and returns from the handler.
#ifndef SMEM_FORK_THREADS_H_
#define SMEM_FORK_THREADS_H_

#include <sys/types.h>

#include <cstdint>

#include "thread_state.h"

namespace smem::threads {

// Whom an error is about.
struct Culprit {
  pid_t tid = 0;
  char name[16] = "";
};

// Takes the signal and the memory that parking needs, once; sees to it that they are still there. 0 or an errno; EBUSY: every
// real-time signal has a handler.
int prepare();

// Parks every other thread, or none: on an error all go on as if nothing had been. ETIMEDOUT names the thread that did not come,
// ENOTSUP one whose `tid` word was not found; EAGAIN: too many threads.
// Between park and release the caller must not allocate, nor take a lock of the C library.
int park(uint64_t deadline_ns, Culprit* culprit);

// Whether the parked threads may be taken along as they are: EAGAIN names one that holds a lock by its thread id, or is about to
// (held_locks.h), and is to go on for a moment. 0 or another errno.
int check_locks(Culprit* culprit);

// Parked threads.
unsigned parked_count();
// The calling thread's, from park on.
int* own_tid_address();

// In the parent: lets them go, and returns when all have left the handler, but for its last instructions.
void release();

// In the child, before anything else: the calling thread's own state in the kernel.
void restore_self();
// In the child: starts them all, and returns when each is alive. 0 or an errno, with the thread.
int revive(uint64_t deadline_ns, Culprit* culprit);

}  // namespace smem::threads

#endif  // SMEM_FORK_THREADS_H_
