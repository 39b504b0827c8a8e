#include "mapping_header.h"

#include "digits.h"

namespace smem {
namespace {

constexpr size_t kNoHeader = std::string_view::npos;

bool one_of(char c, char first, char second) { return c == first || c == second; }

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
  const bool fixed = take_hex(at, end, &header->start) && take_char(at, end, '-') &&
                     take_hex(at, end, &header->end) && take_char(at, end, ' ') &&
                     take_perms(at, end, &header->perms) && take_char(at, end, ' ') &&
                     take_hex(at, end, &header->offset) && take_char(at, end, ' ') &&
                     take_device(at, end, &header->device) && take_char(at, end, ' ') &&
                     take_decimal(at, end, &header->inode);
  if (!fixed || header->start > header->end) return kNoHeader;
  if (at < end && *at != ' ') return kNoHeader;
  while (at < end && *at == ' ') ++at;
  if (at == end && !complete) return kNoHeader;
  return static_cast<size_t>(at - line.data());
}

}  // namespace smem
