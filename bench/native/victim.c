// A process that holds still and has the memory that a claim is about. Prints "ready" and sleeps until its
// parent kills it or dies.
//
//   victim idle                  nothing of its own
//   victim touched MEGABYTES     one mapping of touched small pages
//   victim shared MEGABYTES COUNT   so many children that have all pages of one shared mapping resident
//   victim mappings COUNT        as many private mappings of one touched page each
//   victim walked-twice MEGABYTES  a touched mapping whose record does not fit into what is left of the kernel's
//                                page when smaps is read by pages, so that the kernel walks it again
//   victim exec PROGRAM ARGS...  that program, which then dies with our parent as well
//
// Nothing here calls malloc or stdio: a heap that appears later would move the records.
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

enum { kMostFillers = 16 };

static size_t page_size;

static void die(const char* why) {
  if (write(STDERR_FILENO, why, strlen(why)) < 0) _exit(3);
  _exit(2);
}

static char* map(size_t size, int protection) {
  char* const at = mmap(NULL, size, protection, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (at == MAP_FAILED) die("victim: mmap failed\n");
  return at;
}

static void protect(char* at, size_t size, int protection) {
  if (mprotect(at, size, protection) != 0) die("victim: mprotect failed\n");
}

// Real 4 KiB pages: with huge ones there would be next to nothing to walk.
static void touch(char* at, size_t size) {
  madvise(at, size, MADV_NOHUGEPAGE);
  for (size_t offset = 0; offset < size; offset += page_size) at[offset] = 1;
}

// Neighbours of equal protection would merge into one mapping.
static void split_into_pages(char* at, size_t count) {
  for (size_t i = 0; i < count; ++i) protect(at + i * page_size, page_size, i % 2 ? PROT_READ : PROT_READ | PROT_WRITE);
}

// Each child has its own page tables for the pages, which are there once.
static void make_sharers(size_t size, size_t count) {
  char* const at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  int ready[2];
  if (at == MAP_FAILED || pipe(ready) != 0) die("victim: mmap or pipe failed\n");
  touch(at, size);
  const pid_t self = getpid();
  for (size_t i = 0; i < count; ++i) {
    const pid_t child = fork();
    if (child < 0) die("victim: fork failed\n");
    if (child != 0) continue;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != self) _exit(0);
    for (size_t offset = 0; offset < size; offset += page_size) (void)*(volatile char*)(at + offset);
    if (write(ready[1], "", 1) != 1) _exit(1);
    for (;;) pause();
  }
  char byte;
  for (size_t i = 0; i < count; ++i) {
    if (read(ready[0], &byte, 1) != 1) die("victim: a child ended\n");
  }
}

static void make_mappings(size_t count) {
  char* const at = map(count * page_size, PROT_READ | PROT_WRITE);
  touch(at, count * page_size);
  split_into_pages(at, count);
}

// Whether the record of the mapping at `address` opens a read: then it did not fit into the page before.
static int opens_a_read(const char* address) {
  static char text[64 * 1024];
  const int fd = open("/proc/self/smaps", O_RDONLY | O_CLOEXEC);
  if (fd < 0) die("victim: cannot open smaps\n");
  int found = 0;
  int is_first_read = 1;
  for (ssize_t got; (got = read(fd, text, sizeof text - 1)) > 0; is_first_read = 0) {
    text[got] = '\0';
    if (!is_first_read && strtoull(text, NULL, 16) == (uintptr_t)address) found = 1;
  }
  close(fd);
  return found;
}

// One more small mapping before the big one moves its record on by a sixth of a page, until it hits the edge.
static void make_walked_twice(size_t size) {
  char* const fillers = map(kMostFillers * page_size + size, PROT_NONE);
  char* const big = fillers + kMostFillers * page_size;
  protect(big, size, PROT_READ | PROT_WRITE);
  touch(big, size);
  for (size_t count = 0; count < kMostFillers; ++count) {
    split_into_pages(fillers, count);
    if (opens_a_read(big)) return;
  }
  die("victim: found no layout that is walked twice\n");
}

int main(int argc, char** argv) {
  const pid_t parent = getppid();
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent || argc < 2) return 2;
  page_size = (size_t)sysconf(_SC_PAGESIZE);
  const char* const what = argv[1];
  const size_t amount = argc > 2 ? strtoull(argv[2], NULL, 10) : 0;
  if (strcmp(what, "exec") == 0 && argc > 2) {
    execv(argv[2], argv + 2);
    die("victim: exec failed\n");
  } else if (strcmp(what, "touched") == 0) {
    touch(map(amount << 20, PROT_READ | PROT_WRITE), amount << 20);
  } else if (strcmp(what, "shared") == 0 && argc > 3) {
    make_sharers(amount << 20, strtoull(argv[3], NULL, 10));
  } else if (strcmp(what, "mappings") == 0) {
    make_mappings(amount);
  } else if (strcmp(what, "walked-twice") == 0) {
    make_walked_twice(amount << 20);
  } else if (strcmp(what, "idle") != 0) {
    die("victim: idle, touched, shared, mappings, walked-twice or exec?\n");
  }
  if (write(STDOUT_FILENO, "ready\n", 6) != 6) return 1;
  for (;;) pause();
}
