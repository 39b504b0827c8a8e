#include "platform.h"
#if SMEM_FORK_POSSIBLE

#include "raw.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstring>
#include <ctime>

namespace smem::raw {

namespace {

int scope(Between between) { return between == Between::kThreads ? FUTEX_PRIVATE_FLAG : 0; }

}  // namespace

uint64_t now_ns() {
  timespec time{};
  clock_gettime(CLOCK_MONOTONIC, &time);
  return static_cast<uint64_t>(time.tv_sec) * 1000000000u + static_cast<uint64_t>(time.tv_nsec);
}

void nap(uint64_t duration_ns) {
  const timespec duration{static_cast<time_t>(duration_ns / 1000000000u), static_cast<long>(duration_ns % 1000000000u)};
  nanosleep(&duration, nullptr);
}

void wait_while(const Word& word, uint32_t value, uint64_t deadline_ns, Between between) {
  const timespec until{static_cast<time_t>(deadline_ns / 1000000000u), static_cast<long>(deadline_ns % 1000000000u)};
  // BITSET takes an absolute time of CLOCK_MONOTONIC.
  syscall(SYS_futex, &word, FUTEX_WAIT_BITSET | scope(between), value, &until, nullptr, FUTEX_BITSET_MATCH_ANY);
}

void wake_all(const Word& word, Between between) {
  syscall(SYS_futex, &word, FUTEX_WAKE | scope(between), INT_MAX, nullptr, nullptr, 0);
}

void* map_private(size_t size) {
  void* const memory = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  return memory == MAP_FAILED ? nullptr : memory;
}

// pthread_sigmask would leave out the two signals that glibc keeps for itself.
SignalsBlocked::SignalsBlocked() {
  constexpr uint64_t kAll = UINT64_MAX;
  syscall(SYS_rt_sigprocmask, SIG_SETMASK, &kAll, &before_, sizeof kAll);
}

SignalsBlocked::~SignalsBlocked() { syscall(SYS_rt_sigprocmask, SIG_SETMASK, &before_, nullptr, sizeof before_); }

namespace {

// As the kernel writes it for getdents64.
struct Entry {
  uint64_t inode;
  int64_t offset;
  unsigned short size;
  unsigned char type;
  char name[];
};

long read_chunk(int fd, char* buffer, size_t size) {
  long count;
  do count = read(fd, buffer, size);
  while (count < 0 && errno == EINTR);
  return count;
}

}  // namespace

int each_number(const char* directory, bool (*each)(long number, void* data), void* data) {
  const int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return errno;
  alignas(Entry) char buffer[4096];
  long size;
  int error = 0;
  bool goes_on = true;
  while (goes_on && (size = syscall(SYS_getdents64, fd, buffer, sizeof buffer)) != 0) {
    if (size < 0) {
      error = errno;
      break;
    }
    for (long at = 0; goes_on && at < size;) {
      const Entry* const entry = reinterpret_cast<const Entry*>(buffer + at);
      at += entry->size;
      const char* digits = entry->name;
      if (*digits < '0' || *digits > '9') continue;
      const long number = static_cast<long>(parse_number(&digits, 10));
      goes_on = each(number, data);
    }
  }
  close(fd);
  return error;
}

int each_line(const char* path, bool (*each)(const char* line, void* data), void* data) {
  const int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return errno;
  char chunk[4096];
  char line[512];
  size_t length = 0;
  long size;
  bool goes_on = true;
  while (goes_on && (size = read_chunk(fd, chunk, sizeof chunk)) > 0) {
    for (long i = 0; goes_on && i < size; ++i) {
      if (chunk[i] != '\n') {
        if (length < sizeof line - 1) line[length++] = chunk[i];
        continue;
      }
      line[length] = '\0';
      length = 0;
      goes_on = each(line, data);
    }
  }
  const int error = goes_on && size < 0 ? errno : 0;
  close(fd);
  return error;
}

Path::Path(const char* prefix, long number, const char* suffix) {
  char digits[24];
  size_t count = 0;
  do digits[count++] = static_cast<char>('0' + number % 10);
  while ((number /= 10) != 0);
  char* at = stpcpy(text, prefix);
  while (count > 0) *at++ = digits[--count];
  strcpy(at, suffix);
}

uint64_t parse_number(const char** at, unsigned base) {
  uint64_t value = 0;
  for (;; ++*at) {
    const char c = **at;
    const unsigned digit = c >= '0' && c <= '9' ? static_cast<unsigned>(c - '0')
                         : c >= 'a' && c <= 'f' ? static_cast<unsigned>(c - 'a' + 10) : 99;
    if (digit >= base) return value;
    value = value * base + digit;
  }
}

const char* value_of(const char* line, const char* name) {
  const size_t size = strlen(name);
  if (strncmp(line, name, size) != 0) return nullptr;
  line += size;
  while (*line == ' ' || *line == '\t') ++line;
  return line;
}

}  // namespace smem::raw

#endif
