// fork(2) of a whole process: every thread goes along.
//
//   parent                                   child
//   1 memory for the steps, no malloc after
//   2 signals blocked, other threads parked
//     and none of them holds a lock by its id
//   3 all memory is to be inherited
//   4 eventfds, pipes, epolls, io_urings recorded
//   5 clone -------------------------------> 6 copies of these of its own, under the same numbers
//     waits                                  7 every thread again, each where it was parked
//     for the word  <----------------------- 8 the word: all is well, or what is not
//   9 threads released, signals unblocked      signals unblocked
//
// The threads of the parent stay parked until the word has come: step 6 copies what is in the pipes that both still share.
// docs/fork.md has the reasons. x86-64 Linux from 5.4 on, and glibc; elsewhere it refuses.
#ifndef SMEM_FORK_FORK_PROCESS_H_
#define SMEM_FORK_FORK_PROCESS_H_

#include <sys/types.h>

#include <cstdint>

namespace smem {

// Where it went wrong. FORK_STEPS of src/native/fork_calls.ts has the same order.
enum class ForkStep : int { kPlatform, kPrepare, kPark, kLocks, kMappings, kRecord, kClone, kReplace, kRevive, kAnswer };

struct ForkOptions {
  // The child becomes a child of the caller's parent (CLONE_PARENT).
  bool sibling = false;
  // The child says that it is well, and leaves with code 0: to find out whether the platform can.
  bool trial = false;
  uint64_t park_ns = 0;   // how long threads may take to park
  uint64_t child_ns = 0;  // and the child until its word
};

struct ForkResult {
  int error = 0;  // errno; 0: forked
  ForkStep step = ForkStep::kPlatform;
  // Of the child; 0 in the child. With an error: of a sibling that was ended, and that its parent has to reap, else 0.
  pid_t pid = 0;
  int descriptor = -1;         // that an error of kRecord or kReplace is about
  pid_t thread = 0;            // that an error of kPark, kLocks or kRevive is about: its id in the parent
  char thread_name[16] = "";   // of it, when it was found out
  unsigned threads = 0;        // taken along, beside the calling one
  uint64_t stopped_ns = 0;     // for how long the parent's threads stood still
};

// Whether this was built for a platform on which it can be done at all.
bool is_fork_possible();

// From the main thread of the process only: EPERM. On an error the parent goes on as if nothing had been, and there is no child.
// One call at a time. Blocks for as long as the options say at most; allocates nothing but three mappings for the life of the process.
ForkResult fork_process(const ForkOptions& options);

}  // namespace smem

#endif  // SMEM_FORK_FORK_PROCESS_H_
