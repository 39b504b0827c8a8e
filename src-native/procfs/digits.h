// Numbers as /proc prints them. Each reader advances `at` past what it took and never looks beyond `end`.
#ifndef SMEM_PROCFS_DIGITS_H_
#define SMEM_PROCFS_DIGITS_H_

#include <cstdint>
#include <string_view>

namespace smem {

inline bool is_decimal(char c) { return c >= '0' && c <= '9'; }

// The kernel prints lower case only.
inline int hex_value(char c) {
  if (is_decimal(c)) return c - '0';
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

// 1 to 16 hexadecimal digits.
inline bool take_hex(const char*& at, const char* end, uint64_t* value) {
  const char* const start = at;
  uint64_t result = 0;
  for (int digit; at < end && (digit = hex_value(*at)) >= 0; ++at) result = (result << 4) | static_cast<uint64_t>(digit);
  *value = result;
  return at > start && at - start <= 16;
}

// One or more decimal digits that fit 64 bits.
inline bool take_decimal(const char*& at, const char* end, uint64_t* value) {
  const char* const start = at;
  uint64_t result = 0;
  bool fits = true;
  for (; at < end && is_decimal(*at); ++at) {
    fits = fits && !__builtin_mul_overflow(result, uint64_t{10}, &result) &&
           !__builtin_add_overflow(result, static_cast<uint64_t>(*at - '0'), &result);
  }
  *value = result;
  return at > start && fits;
}

inline bool take_char(const char*& at, const char* end, char wanted) {
  if (at == end || *at != wanted) return false;
  ++at;
  return true;
}

}  // namespace smem

#endif  // SMEM_PROCFS_DIGITS_H_
