// What a child tells its parent once: that it is whole, or what went wrong.
#ifndef SMEM_FORK_CHILD_WORD_H_
#define SMEM_FORK_CHILD_WORD_H_

#include "fork_process.h"

namespace smem {

// One page that parent and child share. Each unmaps its own at the end.
class ChildWord {
 public:
  ChildWord() = default;
  ChildWord(const ChildWord&) = delete;
  ChildWord& operator=(const ChildWord&) = delete;
  ~ChildWord();

  // Before the fork. 0 or an errno.
  int open();

  // In the child, once.
  void say(const ForkResult& result);

  // In the parent: 0 when it was said, ECHILD when the child has ended without, ETIMEDOUT.
  int await(int pidfd, uint64_t deadline_ns) const;
  // What was said, if it was an error: where, and about what.
  void copy_error(ForkResult* result) const;

 private:
  struct Page;
  Page* page_ = nullptr;
};

// 0, or ENOSYS: the kernel cannot wait for a process by a pidfd (before Linux 5.4).
int check_pidfds();

// Ends a process at once. Reaps it when `is_child`; true when it did. Else its parent has to.
bool end_process(int pidfd, bool is_child);

}  // namespace smem

#endif  // SMEM_FORK_CHILD_WORD_H_
