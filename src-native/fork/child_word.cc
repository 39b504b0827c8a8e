#include "platform.h"
#if SMEM_FORK_POSSIBLE

#include "child_word.h"

#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstring>

#include "raw.h"

namespace smem {
namespace {

// How often the parent looks whether the child still lives: its end wakes no futex.
constexpr uint64_t kLookNs = 5 * raw::kMillisecond;
// P_PIDFD of <linux/wait.h>, which older C libraries do not name.
constexpr idtype_t kByPidfd = static_cast<idtype_t>(3);

bool has_ended(int pidfd) {
  pollfd ended{pidfd, POLLIN, 0};
  return poll(&ended, 1, 0) == 1;
}

}  // namespace

struct ChildWord::Page {
  raw::Word said;
  int error;
  ForkStep step;
  int descriptor;
  pid_t thread;
  char thread_name[sizeof ForkResult::thread_name];
};

ChildWord::~ChildWord() {
  if (page_) munmap(page_, sizeof(Page));
}

int ChildWord::open() {
  void* const memory = mmap(nullptr, sizeof(Page), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return errno;
  page_ = static_cast<Page*>(memory);
  return 0;
}

void ChildWord::say(const ForkResult& result) {
  page_->error = result.error;
  page_->step = result.step;
  page_->descriptor = result.descriptor;
  page_->thread = result.thread;
  memcpy(page_->thread_name, result.thread_name, sizeof page_->thread_name);
  page_->said = 1;
  raw::wake_all(page_->said, raw::Between::kProcesses);
}

int ChildWord::await(int pidfd, uint64_t deadline_ns) const {
  for (;;) {
    if (page_->said != 0) return 0;
    // It may have spoken just before its end.
    if (has_ended(pidfd)) return page_->said != 0 ? 0 : ECHILD;
    const uint64_t now = raw::now_ns();
    if (now > deadline_ns) return ETIMEDOUT;
    raw::wait_while(page_->said, 0, now + kLookNs, raw::Between::kProcesses);
  }
}

void ChildWord::copy_error(ForkResult* result) const {
  if (page_->error == 0) return;
  result->error = page_->error;
  result->step = page_->step;
  result->descriptor = page_->descriptor;
  result->thread = page_->thread;
  memcpy(result->thread_name, page_->thread_name, sizeof result->thread_name);
}

int check_pidfds() {
  siginfo_t info;
  // No descriptor has this number: a kernel that knows what is asked says EBADF, another one EINVAL.
  waitid(kByPidfd, INT_MAX, &info, WEXITED);
  return errno == EBADF ? 0 : ENOSYS;
}

bool end_process(int pidfd, bool is_child) {
  syscall(SYS_pidfd_send_signal, pidfd, SIGKILL, nullptr, 0);
  if (!is_child) return false;
  siginfo_t info;
  int result;
  do result = waitid(kByPidfd, static_cast<id_t>(pidfd), &info, WEXITED);
  while (result != 0 && errno == EINTR);
  return result == 0;
}

}  // namespace smem

#endif
