#include "fork_process.h"

#include <cerrno>

#include "platform.h"

#if SMEM_FORK_POSSIBLE

#include <sched.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

#include "child_word.h"
#include "descriptors.h"
#include "mappings.h"
#include "raw.h"
#include "threads.h"

namespace smem {
namespace {

// True when the step went well; else the result says which one did not.
bool went_well(ForkResult* result, ForkStep step, int error) {
  if (error == 0) return true;
  result->error = error;
  result->step = step;
  return false;
}

bool went_well(ForkResult* result, ForkStep step, int error, const threads::Culprit& culprit) {
  if (error == 0) return true;
  result->thread = culprit.tid;
  memcpy(result->thread_name, culprit.name, sizeof result->thread_name);
  return went_well(result, step, error);
}

bool is_main_thread() { return syscall(SYS_gettid) == getpid(); }

// Step 1. Everything after it runs while a parked thread may hold malloc's lock.
int prepare(ChildWord* word) {
  if (!is_main_thread()) return EPERM;
  int error = check_pidfds();
  if (error == 0) error = threads::prepare();
  if (error == 0) error = descriptors::prepare();
  if (error == 0) error = word->open();
  return error;
}

// Step 5. Not glibc's fork: that would forget the other threads, and wait for locks that they hold. The child finds the main
// thread's `tid` word set to its own; `*pidfd` is the parent's only.
pid_t clone_process(bool sibling, int* tid_address, int* pidfd) {
  const unsigned long flags = CLONE_PIDFD | CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID | (sibling ? CLONE_PARENT : 0) | SIGCHLD;
  return static_cast<pid_t>(syscall(SYS_clone, flags, nullptr, pidfd, tid_address, 0));
}

// Steps 6 to 8. Returns in a child that is whole; one that is not, or was a trial, says so and ends.
void become_child(const ForkOptions& options, ChildWord* word, ForkResult* result) {
  const uint64_t deadline_ns = raw::now_ns() + options.child_ns;
  threads::Culprit culprit;
  threads::restore_self();
  const bool is_whole = went_well(result, ForkStep::kReplace, descriptors::replace(&result->descriptor)) &&
                        went_well(result, ForkStep::kRevive, threads::revive(deadline_ns, &culprit), culprit);
  word->say(*result);
  if (!is_whole || options.trial) syscall(SYS_exit_group, is_whole ? 0 : 1);
  result->threads = threads::parked_count();
  result->descriptor = -1;
}

// Step 5 as the parent sees it: waits for the word, and ends a child that is not wanted.
void await_child(const ForkOptions& options, const ChildWord& word, int pidfd, ForkResult* result) {
  const pid_t pid = result->pid;
  if (went_well(result, ForkStep::kAnswer, word.await(pidfd, raw::now_ns() + options.child_ns))) word.copy_error(result);
  if (result->error == 0 && !options.trial) return;
  const bool is_reaped = end_process(pidfd, !options.sibling);
  result->pid = is_reaped ? 0 : pid;
}

// How long threads go on between two tries: twice as long each time, for on a busy machine they may not run at all for a while.
constexpr uint64_t kFirstMomentNs = raw::kMillisecond / 2;
constexpr uint64_t kLongestMomentNs = 32 * raw::kMillisecond;
// For how long they are asked to park: twice as long each time. One that blocks signals, as where it ends, may wait for a lock of one
// that is parked already.
constexpr uint64_t kFirstTryNs = 250 * raw::kMillisecond;

// Whether it stands against a fork for a moment only: a thread that does not come, or holds a lock; an io_uring in which something waits.
bool passes(const ForkResult& result) {
  if (result.step == ForkStep::kPark) return result.error == ETIMEDOUT;
  return result.error == EAGAIN && (result.step == ForkStep::kLocks || result.step == ForkStep::kRecord);
}

// Steps 3 to 8, with every other thread parked. True in the child.
bool fork_parked(const ForkOptions& options, ChildWord* word, ForkResult* result) {
  result->threads = threads::parked_count();
  threads::Culprit culprit;
  if (!went_well(result, ForkStep::kLocks, threads::check_locks(&culprit), culprit)) return false;
  if (!went_well(result, ForkStep::kMappings, mappings::inherit_all())) return false;
  if (!went_well(result, ForkStep::kRecord, descriptors::record(&result->descriptor))) return false;
  result->descriptor = -1;
  int pidfd = -1;
  const pid_t pid = clone_process(options.sibling, threads::own_tid_address(), &pidfd);
  if (pid == 0) {
    become_child(options, word, result);
    return true;
  }
  if (!went_well(result, ForkStep::kClone, pid < 0 ? errno : 0)) return false;
  result->pid = pid;
  await_child(options, *word, pidfd, result);
  close(pidfd);
  return false;
}

}  // namespace

bool is_fork_possible() { return true; }

ForkResult fork_process(const ForkOptions& options) {
  ForkResult result;
  ChildWord word;
  if (!went_well(&result, ForkStep::kPrepare, prepare(&word))) return result;

  const uint64_t start_ns = raw::now_ns();
  const uint64_t deadline_ns = start_ns + options.park_ns;
  const raw::SignalsBlocked signals_blocked;
  uint64_t moment_ns = kFirstMomentNs;
  for (uint64_t try_ns = kFirstTryNs;; try_ns *= 2) {
    const ForkResult before = result;
    result = {};
    threads::Culprit culprit;
    const int error = threads::park(std::min(raw::now_ns() + try_ns, deadline_ns), &culprit);
    if (went_well(&result, ForkStep::kPark, error, culprit)) {
      if (fork_parked(options, &word, &result)) return result;
      threads::release();
    } else if (before.error != 0) {
      result = before;  // the try may have been cut short
    }
    if (!passes(result) || raw::now_ns() > deadline_ns) break;
    raw::nap(moment_ns);
    moment_ns = std::min(moment_ns * 2, kLongestMomentNs);
  }
  result.stopped_ns = raw::now_ns() - start_ns;
  return result;
}

}  // namespace smem

#else

namespace smem {

bool is_fork_possible() { return false; }

ForkResult fork_process(const ForkOptions&) {
  ForkResult result;
  result.error = ENOSYS;
  return result;
}

}  // namespace smem

#endif
