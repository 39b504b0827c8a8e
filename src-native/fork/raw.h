// What the room needs of the kernel without the C library's help: while other threads are parked one of them may hold malloc's
// lock, so nothing here allocates.
#ifndef SMEM_FORK_RAW_H_
#define SMEM_FORK_RAW_H_

#include <sys/types.h>

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace smem::raw {

using Word = std::atomic<uint32_t>;

constexpr uint64_t kMillisecond = 1000000;  // in nanoseconds
constexpr uint64_t kNever = UINT64_MAX / 2;

// Monotonic nanoseconds.
uint64_t now_ns();

void nap(uint64_t duration_ns);

// Who waits for whom.
enum class Between { kThreads, kProcesses };

// Waits until `word` is no longer `value`, at most until the deadline; may return early.
void wait_while(const Word& word, uint32_t value, uint64_t deadline_ns, Between between = Between::kThreads);
void wake_all(const Word& word, Between between = Between::kThreads);

// The same for enumerations.
template <class Enum>
void wait_while(const std::atomic<Enum>& word, Enum value, uint64_t deadline_ns) {
  static_assert(sizeof word == sizeof(Word));
  wait_while(reinterpret_cast<const Word&>(word), static_cast<uint32_t>(value), deadline_ns);
}
template <class Enum>
void wake_all(const std::atomic<Enum>& word) {
  wake_all(reinterpret_cast<const Word&>(word));
}

// Memory of zeros that costs nothing until it is written; null with errno set.
void* map_private(size_t size);

// Every signal, those of glibc included, blocked for the calling thread.
class SignalsBlocked {
 public:
  SignalsBlocked();
  ~SignalsBlocked();
  SignalsBlocked(const SignalsBlocked&) = delete;
  SignalsBlocked& operator=(const SignalsBlocked&) = delete;

 private:
  uint64_t before_ = 0;
};

// The numeric names in a directory of /proc, handed over one at a time until `each` returns false. 0 or an errno.
int each_number(const char* directory, bool (*each)(long number, void* data), void* data);

// The lines of a file, without their newline and closed by a NUL, as far as they fit in 511 bytes. 0 or an errno.
int each_line(const char* path, bool (*each)(const char* line, void* data), void* data);

// `prefix` + number + `suffix`, for paths of /proc.
struct Path {
  char text[64];
  Path(const char* prefix, long number, const char* suffix = "");
};

// Reads digits of the base from `*at` on, and moves it behind them.
uint64_t parse_number(const char** at, unsigned base);
// What follows `name` in the line, without leading blanks; null when the line does not begin so.
const char* value_of(const char* line, const char* name);

}  // namespace smem::raw

#endif  // SMEM_FORK_RAW_H_
