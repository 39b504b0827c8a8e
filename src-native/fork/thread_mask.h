// Which signals a thread blocks, as /proc tells.
#ifndef SMEM_FORK_THREAD_MASK_H_
#define SMEM_FORK_THREAD_MASK_H_

#include <sys/types.h>

#include <cstdint>

namespace smem {

struct ThreadMask {
  uint64_t blocked = 0;  // bit n - 1: signal n

  bool blocks(int signal) const { return (blocked >> (signal - 1) & 1) != 0; }
  // All that a program can block: not the two that glibc keeps for itself, and blocks as well where a thread begins and ends.
  bool blocks_all() const;
};

// Nothing blocked when the thread has ended.
ThreadMask read_thread_mask(pid_t tid);

// `name` gets the thread's, or becomes empty when it has ended.
void read_thread_name(pid_t tid, char (&name)[16]);

}  // namespace smem

#endif  // SMEM_FORK_THREAD_MASK_H_
