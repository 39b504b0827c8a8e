// The kernel's usual column of eight: spaces, then digits; and the " kB\n" that ends such a line. Both are
// read as machine words, which makes a figure about five times as cheap as digit by digit. There is no short cut for the
// many zeros: a branch that the processor cannot foretell costs more than the arithmetic.
#ifndef SMEM_PROCFS_COLUMN_NUMBER_H_
#define SMEM_PROCFS_COLUMN_NUMBER_H_

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <initializer_list>

#include "digits.h"

namespace smem {

constexpr size_t kColumnName = 16;
constexpr size_t kColumnDigits = 8;
constexpr size_t kColumnLine = kColumnName + kColumnDigits + 4;

// Whether two texts of the same size from 16 to 32 differ, without a branch: the callers test many at once.
inline bool lines_differ(const char* a, const char* b, size_t size = kColumnLine) {
  uint64_t difference = 0;
  for (const size_t at : {size_t{0}, size_t{8}, size - 16, size - 8}) {
    uint64_t left, right;
    std::memcpy(&left, a + at, sizeof left);
    std::memcpy(&right, b + at, sizeof right);
    difference |= left ^ right;
  }
  return difference != 0;
}

inline bool ends_column_line(const char* at) { return std::memcmp(at, " kB\n", 4) == 0; }

// Eight bytes at `at`: any number of spaces, then at least one digit. False when they are anything else.
inline bool parse_column(const char* at, uint64_t* value) {
  uint64_t word = load_word(at);
  constexpr uint64_t kLow = 0x7f * kOnes, kHigh = 0x80 * kOnes;
  const uint64_t from_space = word ^ (' ' * kOnes);
  const uint64_t spaces = ~(((from_space & kLow) + kLow) | from_space) & kHigh;  // 0x80 in each byte that is ' '
  const uint64_t others = ~spaces & kHigh;
  if (others == 0 || spaces > (others & -others)) return false;  // blank, or a space after a digit
  word |= spaces >> 3;                                           // ' ' becomes '0'
  const uint64_t digits = word ^ ('0' * kOnes);                  // 0..9 in each byte, or no number
  if (((digits + 0x76 * kOnes) | digits) & kHigh) return false;
  const uint64_t pairs = (digits * 10 + (digits >> 8)) & 0x00ff00ff00ff00ffu;
  const uint64_t fours = (pairs * 100 + (pairs >> 16)) & 0x0000ffff0000ffffu;
  *value = (fours * 10000 + (fours >> 32)) & 0xffffffffu;
  return true;
}

}  // namespace smem

#endif  // SMEM_PROCFS_COLUMN_NUMBER_H_
