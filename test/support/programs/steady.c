// A process that does nothing: prints "ready" and waits. Dies with its parent.
//
//   --mappings N    N private pages of their own mappings, each dirtied
//   --threads N     N threads more
//   --comm NAME     its name
//   --title TEXT    writes TEXT over its arguments, without a last NUL
//   --undumpable    not even its own user may read it
#define _GNU_SOURCE
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

static void *wait_forever(void *ignored) {
  for (;;) pause();
  return ignored;
}

static void map_pages(long count) {
  const size_t page = (size_t)sysconf(_SC_PAGESIZE);
  // Every second page of a range differs in its rights, so that the kernel cannot merge them.
  char *range = mmap(NULL, page * (size_t)count, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (range == MAP_FAILED) exit(2);
  for (long i = 0; i < count; ++i) {
    range[page * (size_t)i] = 1;
    if (i % 2 == 1 && mprotect(range + page * (size_t)i, page, PROT_READ) != 0) exit(2);
  }
}

static void rewrite_title(char **argv, int argc, const char *title) {
  char *const last = argv[argc - 1];
  const size_t room = (size_t)(last - argv[0]) + strlen(last) + 1;
  char *const copy = strdup(title);
  memset(argv[0], 'x', room);
  memcpy(argv[0], copy, strlen(copy) < room ? strlen(copy) : room);
  free(copy);
}

int main(int argc, char **argv) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  const char *title = NULL;
  for (int i = 1; i < argc; ++i) {
    const char *const value = i + 1 < argc ? argv[i + 1] : "0";
    if (strcmp(argv[i], "--mappings") == 0) map_pages(atol(value));
    if (strcmp(argv[i], "--comm") == 0) prctl(PR_SET_NAME, value);
    if (strcmp(argv[i], "--title") == 0) title = value;
    if (strcmp(argv[i], "--undumpable") == 0) prctl(PR_SET_DUMPABLE, 0);
    if (strcmp(argv[i], "--threads") == 0) {
      for (long n = atol(value); n > 0; --n) {
        pthread_t thread;
        if (pthread_create(&thread, NULL, wait_forever, NULL) != 0) return 2;
      }
    }
  }
  if (title != NULL) rewrite_title(argv, argc, title);
  if (write(1, "ready\n", 6) != 6) return 1;
  wait_forever(NULL);
}
