// Prints "ready", waits for a byte on its input and becomes the program in its arguments. Dies with its parent.
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

int main(int argc, char **argv) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (argc < 2 || write(1, "ready\n", 6) != 6) return 1;
  char byte;
  if (read(0, &byte, 1) != 1) return 1;
  execv(argv[1], argv + 1);
  return 1;
}
