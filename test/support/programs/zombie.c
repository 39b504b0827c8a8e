// Prints the pid of a child that has ended and that nobody reaps, and waits. Dies with its parent.
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  const pid_t child = fork();
  if (child == 0) _exit(0);
  siginfo_t ended;
  if (child < 0 || waitid(P_PID, (id_t)child, &ended, WEXITED | WNOWAIT) != 0) return 1;
  printf("%d\n", (int)child);
  fflush(stdout);
  for (;;) pause();
}
