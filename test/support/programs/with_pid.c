// with_pid PID: starts a child that has exactly this pid, prints "ready" and waits; the child dies with it, and it
// with its parent. Ends with 77 where the kernel does not allow to choose a pid.
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

struct arguments {  // struct clone_args of linux/sched.h, which old headers lack
  uint64_t flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls, set_tid, set_tid_size, cgroup;
};

int main(int argc, char **argv) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
#ifndef SYS_clone3
#define SYS_clone3 435
#endif
  pid_t wanted = argc > 1 ? atoi(argv[1]) : 0;
  struct arguments arguments = {0};
  arguments.exit_signal = SIGCHLD;
  arguments.set_tid = (uint64_t)(uintptr_t)&wanted;
  arguments.set_tid_size = 1;
  const long child = syscall(SYS_clone3, &arguments, sizeof arguments);
  if (child < 0) return errno == EEXIST ? 1 : 77;
  if (child == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (write(1, "ready\n", 6) != 6) return 1;
  }
  for (;;) pause();
}
