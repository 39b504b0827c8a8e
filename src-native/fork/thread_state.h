// What the kernel knows of a thread and another kernel thread has to be told to take its place. The rest is on its stack: registers,
// vector state, signal mask and alternate stack come back with the return from the signal handler.
#ifndef SMEM_FORK_THREAD_STATE_H_
#define SMEM_FORK_THREAD_STATE_H_

#include <cstddef>
#include <cstdint>

namespace smem {

struct ThreadState {
  uintptr_t pointer;  // to its thread-local storage
  int* tid_address;   // see own_tid_address
  void* robust_list;
  size_t robust_size;
  char name[16];

  // Of the calling thread. For signal handlers.
  void capture();
  // Makes the calling thread it, but for the pointer and the word at tid_address, which clone(2) sets.
  void restore() const;
};

// The calling thread's `tid` word in the C library, which the kernel clears when the thread ends, for pthread_join; null when it
// cannot be found.
int* own_tid_address();

}  // namespace smem

#endif  // SMEM_FORK_THREAD_STATE_H_
