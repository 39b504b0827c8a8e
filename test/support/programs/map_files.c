// map_files FOLDER NAME...: each NAME is "keep:" or "unlink:" and a file name in hexadecimal. Makes the files, maps and
// dirties a private page of each, removes those it is told to, prints the address of each mapping and waits.
// Dies with its parent.
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

static char *map_file(const char *name, int unlink_it) {
  const size_t page = (size_t)sysconf(_SC_PAGESIZE);
  const int fd = open(name, O_RDWR | O_CREAT | O_EXCL, 0600);
  if (fd < 0 || ftruncate(fd, (off_t)page) != 0) return NULL;
  char *const at = mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
  close(fd);
  if (at == MAP_FAILED || (unlink_it && unlink(name) != 0)) return NULL;
  at[0] = 1;
  return at;
}

int main(int argc, char **argv) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (argc < 2 || chdir(argv[1]) != 0) return 1;
  for (int i = 2; i < argc; ++i) {
    const char *const colon = strchr(argv[i], ':');
    if (colon == NULL) return 1;
    char name[256] = {0};
    for (size_t byte = 0; byte < strlen(colon + 1) / 2 && byte < sizeof name - 1; ++byte) {
      unsigned value;
      if (sscanf(colon + 1 + 2 * byte, "%2x", &value) != 1) return 1;
      name[byte] = (char)value;
    }
    char *const at = map_file(name, strncmp(argv[i], "unlink:", 7) == 0);
    if (at == NULL) return 1;
    printf("%lx\n", (unsigned long)at);
  }
  printf("ready\n");
  fflush(stdout);
  for (;;) pause();
}
