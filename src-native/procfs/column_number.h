// The kernel's usual column of eight: spaces, then digits; and the " kB\n" that ends such a line. Both are
// read as machine words, which makes a figure about five times as cheap as digit by digit.
#ifndef SMEM_PROCFS_COLUMN_NUMBER_H_
#define SMEM_PROCFS_COLUMN_NUMBER_H_

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace smem {

constexpr size_t kColumnName = 16;
constexpr size_t kColumnDigits = 8;
constexpr size_t kColumnLine = kColumnName + kColumnDigits + 4;

inline bool ends_column_line(const char* at) { return std::memcmp(at, " kB\n", 4) == 0; }

// Eight bytes at `at`: any number of spaces, then at least one digit. False when they are anything else.
inline bool parse_column(const char* at, uint64_t* value) {
  if (std::memcmp(at, "       0", kColumnDigits) == 0) {  // most figures of most mappings
    *value = 0;
    return true;
  }
  uint64_t word;
  std::memcpy(&word, at, sizeof word);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
  word = __builtin_bswap64(word);
#endif
  constexpr uint64_t kOnes = 0x0101010101010101u;
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
