#include "process_stat.h"

#include <unistd.h>

#include "digits.h"

namespace smem {
namespace {

constexpr uint64_t kPfKthread = 0x00200000;  // include/linux/sched.h

// The next space-separated word of `text`, taken off its front.
std::string_view take_word(std::string_view* text) {
  const size_t end = text->find(' ');
  const std::string_view word = text->substr(0, end);
  text->remove_prefix(end == std::string_view::npos ? text->size() : end + 1);
  return word;
}

bool to_number(std::string_view word, uint64_t* value) {
  while (!word.empty() && word.back() == '\n') word.remove_suffix(1);
  const char* at = word.data();
  const char* const end = at + word.size();
  return take_decimal(at, end, value) && at == end;
}

uint64_t page_size() {
  static const uint64_t size = static_cast<uint64_t>(::sysconf(_SC_PAGESIZE));
  return size;
}

}  // namespace

bool parse_process_stat(std::string_view text, ProcessStat* stat) {
  const size_t open = text.find('(');
  const size_t close = text.rfind(')');  // comm itself may hold ") S 1 "
  if (open == std::string_view::npos || close == std::string_view::npos || close < open) return false;
  stat->comm = text.substr(open + 1, close - open - 1);
  if (close + 3 >= text.size()) return false;
  std::string_view rest = text.substr(close + 2);

  const std::string_view state = take_word(&rest);
  if (state.size() != 1) return false;
  stat->state = state[0];
  uint64_t flags = 0, ppid = 0;
  for (int field = 4; field <= 22; ++field) {
    const std::string_view word = take_word(&rest);
    bool ok = true;
    if (field == 4) ok = to_number(word, &ppid);
    if (field == 9) ok = to_number(word, &flags);
    if (field == 20) ok = to_number(word, &stat->threads);
    if (field == 22) ok = to_number(word, &stat->start_ticks);
    if (!ok) return false;
  }
  stat->ppid = static_cast<int64_t>(ppid);
  stat->kernel_thread = (flags & kPfKthread) != 0;
  return true;
}

bool parse_statm(std::string_view text, uint64_t* size, uint64_t* resident) {
  if (!to_number(take_word(&text), size) || !to_number(take_word(&text), resident)) return false;
  return !__builtin_mul_overflow(*size, page_size(), size) && !__builtin_mul_overflow(*resident, page_size(), resident);
}

}  // namespace smem
