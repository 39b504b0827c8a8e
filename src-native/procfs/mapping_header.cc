#include "mapping_header.h"

#include <cstddef>
#include <cstring>

#include "digits.h"

namespace smem {
namespace {

constexpr size_t kNoHeader = std::string_view::npos;

// What follows the permissions of a mapping without a file, most mappings of most processes with many.
constexpr std::string_view kNoFile = " 00000000 00:00 0 ";
constexpr size_t kNoFileDevice = 10;

bool one_of(char c, char first, char second) { return c == first || c == second; }

// 1 to 16 hexadecimal digits. Addresses and offsets nearly always have eight or more.
inline bool take_address(const char*& at, const char* end, uint64_t* value) {
  uint64_t high, low = 0;
  if (end - at < 24 || !parse_hex8(at, &high)) return take_hex(at, end, value);
  at += 8;
  const char* const rest = at;
  while (at - rest < 9) {
    const int digit = hex_value(*at);
    if (digit < 0) break;
    low = (low << 4) | static_cast<uint64_t>(digit);
    ++at;
  }
  const ptrdiff_t digits = at - rest;
  if (digits > 8) return false;
  *value = (high << (4 * digits)) | low;
  return true;
}

bool take_perms(const char*& at, const char* end, std::string_view* perms) {
  if (end - at < 4) return false;
  if (!one_of(at[0], 'r', '-') || !one_of(at[1], 'w', '-') || !one_of(at[2], 'x', '-') || !one_of(at[3], 'p', 's')) return false;
  *perms = std::string_view(at, 4);
  at += 4;
  return true;
}

bool take_device(const char*& at, const char* end, std::string_view* device) {
  const char* const start = at;
  uint64_t ignored;
  if (!take_hex(at, end, &ignored) || !take_char(at, end, ':') || !take_hex(at, end, &ignored)) return false;
  *device = std::string_view(start, static_cast<size_t>(at - start));
  return true;
}

}  // namespace

size_t parse_mapping_header(std::string_view line, bool complete, MappingHeader* header) {
  const char* at = line.data();
  const char* const end = at + line.size();
  bool fixed = take_address(at, end, &header->start) && take_char(at, end, '-') && take_address(at, end, &header->end) &&
               take_char(at, end, ' ') && take_perms(at, end, &header->perms);
  if (fixed && static_cast<size_t>(end - at) >= kNoFile.size() && std::memcmp(at, kNoFile.data(), kNoFile.size()) == 0) {
    header->offset = 0;
    header->device = std::string_view(at + kNoFileDevice, 5);
    header->inode = 0;
    at += kNoFile.size() - 1;
  } else {
    fixed = fixed && take_char(at, end, ' ') && take_address(at, end, &header->offset) && take_char(at, end, ' ') &&
            take_device(at, end, &header->device) && take_char(at, end, ' ') && take_decimal(at, end, &header->inode);
  }
  if (!fixed || header->start > header->end) return kNoHeader;
  if (at < end && *at != ' ') return kNoHeader;
  while (at < end && *at == ' ') ++at;
  if (at == end && !complete) return kNoHeader;
  return static_cast<size_t>(at - line.data());
}

}  // namespace smem
