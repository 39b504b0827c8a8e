// Numbers as /proc prints them. Each reader advances `at` past what it took and never looks beyond `end`.
#ifndef SMEM_PROCFS_DIGITS_H_
#define SMEM_PROCFS_DIGITS_H_

#include <cstdint>
#include <cstring>
#include <string_view>

namespace smem {

inline bool is_decimal(char c) { return c >= '0' && c <= '9'; }

struct HexTable {
  signed char values[256];
  constexpr HexTable() : values() {
    for (int c = 0; c < 256; ++c) {
      const int digit = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
      values[c] = static_cast<signed char>(digit);
    }
  }
};
inline constexpr HexTable kHex;

// -1 for what is no digit. The kernel prints lower case only.
inline int hex_value(char c) { return kHex.values[static_cast<unsigned char>(c)]; }

// 1 to 16 hexadecimal digits.
inline bool take_hex(const char*& at, const char* end, uint64_t* value) {
  const char* const start = at;
  uint64_t result = 0;
  for (int digit; at < end && (digit = hex_value(*at)) >= 0; ++at) result = (result << 4) | static_cast<uint64_t>(digit);
  *value = result;
  return at > start && at - start <= 16;
}

constexpr uint64_t kOnes = 0x0101010101010101u;  // 1 in each byte of a word

// Eight bytes as one word, the first byte lowest on every machine.
inline uint64_t load_word(const char* at) {
  uint64_t word;
  std::memcpy(&word, at, sizeof word);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
  word = __builtin_bswap64(word);
#endif
  return word;
}

// Exactly eight hexadecimal digits, as one machine word. False when they are anything else.
inline bool parse_hex8(const char* at, uint64_t* value) {
  const uint64_t word = load_word(at);
  const uint64_t letters = (word >> 6) & kOnes;  // 1 in each byte that can only be a letter
  const uint64_t high = word & 0xf0 * kOnes;
  const uint64_t low = word & 0x0f * kOnes;
  // '0' is 0x30 and 'a' is 0x61: digits go from 0 to 9 and letters from 1 to 6.
  const bool valid = high == 0x30 * kOnes + letters * 0x30 &&
                     ((low + 0x06 * kOnes + letters * 0x03) & (0x10 * kOnes)) == 0 &&
                     ((low + 0x0f * kOnes) & (letters << 4)) == letters << 4;
  if (!valid) return false;
  const uint64_t nibbles = low + letters * 9;
  const uint64_t bytes = ((nibbles << 4) | (nibbles >> 8)) & 0x00ff00ff00ff00ffu;
  const uint64_t words = ((bytes << 8) | (bytes >> 16)) & 0x0000ffff0000ffffu;
  *value = ((words << 16) | (words >> 32)) & 0xffffffffu;
  return true;
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
