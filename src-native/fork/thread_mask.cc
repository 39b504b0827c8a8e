#include "platform.h"
#if SMEM_FORK_POSSIBLE

#include "thread_mask.h"

#include <signal.h>

#include <cstring>

#include "raw.h"

namespace smem {

bool ThreadMask::blocks_all() const {
  constexpr uint64_t kOfGlibc = uint64_t{3} << (32 - 1);
  constexpr uint64_t kNever = uint64_t{1} << (SIGKILL - 1) | uint64_t{1} << (SIGSTOP - 1);
  return (blocked & ~kNever) == ~(kNever | kOfGlibc);
}

ThreadMask read_thread_mask(pid_t tid) {
  ThreadMask mask;
  const raw::Path path("/proc/self/task/", tid, "/status");
  raw::each_line(path.text, [](const char* line, void* data) {
    const char* value = raw::value_of(line, "SigBlk:");
    if (!value) return true;
    static_cast<ThreadMask*>(data)->blocked = raw::parse_number(&value, 16);
    return false;
  }, &mask);
  return mask;
}

void read_thread_name(pid_t tid, char (&name)[16]) {
  name[0] = '\0';
  const raw::Path path("/proc/self/task/", tid, "/comm");
  raw::each_line(path.text, [](const char* line, void* data) {
    char* const at = static_cast<char*>(data);
    strncpy(at, line, sizeof name - 1);
    at[sizeof name - 1] = '\0';
    return false;
  }, name);
}

}  // namespace smem

#endif
