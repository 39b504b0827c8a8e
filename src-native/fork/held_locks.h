// Locks that know their owner by its thread id: recursive and error-checking mutexes, and read-write locks held for writing. Thread
// ids are new in the child, where the owner would not be taken for itself, and could never let go.
#ifndef SMEM_FORK_HELD_LOCKS_H_
#define SMEM_FORK_HELD_LOCKS_H_

#include <sys/types.h>
#include <ucontext.h>

namespace smem::held_locks {

// Whether a thread that was interrupted here only waits: for a condition, events or time. Such a one holds nothing.
bool is_waiting(const ucontext_t& interrupted);

// Whether it is about to write its id into a lock: it has it in a register, or waits for a lock that will get it.
bool is_locking(const ucontext_t& interrupted, pid_t tid);

// The one of these threads that holds such a lock; 0 when none does, or a negative errno. Looks where locks are: in the data of
// programs and libraries, and on malloc's heaps, some 8 GB a second. `tids` in ascending order.
pid_t find_owner(const pid_t* tids, unsigned count);

}  // namespace smem::held_locks

#endif  // SMEM_FORK_HELD_LOCKS_H_
