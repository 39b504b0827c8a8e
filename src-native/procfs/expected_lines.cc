// The fast path of SmapsParser: what stood at each place of the last record, and lines that are so again.
#include <cstring>

#include "column_number.h"
#include "smaps_parser.h"

namespace smem {

// The fast path: lines as they stood at their places in the last record.
const char* SmapsParser::take_expected_lines(const char* at, const char* end) {
  const char* const start = at;
  if (line_number_ == 0) at = take_block(at, end);
  while (line_number_ < kMaxExpected) {
    ExpectedLine& expected = expected_[line_number_];
    const char* next = at;
    if (!expected.is_column) {
      next = take_unwanted_line(at, end, expected);
    } else if (end - at >= static_cast<ptrdiff_t>(kColumnLine) && take_column_line(at, &expected)) {
      next = at + kColumnLine;
    }
    if (next == at) break;
    at = next;
    ++line_number_;
  }
  offset_ += static_cast<uint64_t>(at - start);
  return at;
}

// The column lines after a header. Those that are the same as in the last record leave record_kb_ as it is; which ones are not
// is found without a branch for each, since no processor foretells those.
const char* SmapsParser::take_block(const char* at, const char* end) {
  if (block_changed_) measure_block();
  const int lines = block_lines_;
  if (seen_ != 0 || end - at < static_cast<ptrdiff_t>(kColumnLine) * lines) return at;
  uint64_t changed = 0;
  for (int line = 0; line < lines; ++line) {
    const uint64_t differs = lines_differ(at + kColumnLine * static_cast<size_t>(line), expected_[line].text);
    changed |= differs << line;
  }
  for (; changed != 0; changed &= changed - 1) {
    const int line = __builtin_ctzll(changed);
    if (!take_column_line(at + kColumnLine * static_cast<size_t>(line), &expected_[line])) {
      seen_ = 0;
      return at;  // line by line, as far as they are as expected
    }
  }
  seen_ = block_fields_;
  line_number_ = lines;
  return at + kColumnLine * static_cast<size_t>(lines);
}

// A line of the expected name with any figure. False when it is none, or the figure came before.
bool SmapsParser::take_column_line(const char* at, ExpectedLine* expected) {
  uint64_t kilobytes;
  if (std::memcmp(at, expected->text, kColumnName) != 0) return false;
  if (!ends_column_line(at + kColumnName + kColumnDigits) || !parse_column(at + kColumnName, &kilobytes)) return false;
  if (expected->field >= 0) {
    const uint32_t bit = field_bit(expected->field);
    if (seen_ & bit) return false;
    seen_ |= bit;
    record_kb_[expected->field] = kilobytes;
  }
  std::memcpy(expected->text, at, kColumnLine);
  return true;
}

void SmapsParser::measure_block() {
  block_changed_ = false;
  block_fields_ = 0;
  for (block_lines_ = 0; block_lines_ < kMaxExpected && expected_[block_lines_].is_column; ++block_lines_) {
    const int field = expected_[block_lines_].field;
    if (field >= 0) block_fields_ |= field_bit(field);
  }
}

// Past the line when it has the expected name, else `at`.
const char* SmapsParser::take_unwanted_line(const char* at, const char* end, const ExpectedLine& expected) {
  const size_t left = static_cast<size_t>(end - at);
  if (expected.name_size == 0 || left < expected.name_size) return at;
  if (expected.size != 0 && left >= expected.size && !lines_differ(at, expected.text, expected.size)) return at + expected.size;
  if (std::memcmp(at, expected.text, expected.name_size) != 0) return at;
  const size_t head = left < kLineHead + 1 ? left : kLineHead + 1;  // longer ones have rules of their own
  const void* const newline = std::memchr(at + expected.name_size, '\n', head - expected.name_size);
  return newline ? static_cast<const char*>(newline) + 1 : at;
}

// Remembers what stood at this place of the record.
void SmapsParser::expect(std::string_view line, size_t colon, int field) {
  if (line_number_ >= kMaxExpected) return;
  ExpectedLine& expected = expected_[line_number_++];
  expected = ExpectedLine();
  block_changed_ = true;
  uint64_t ignored;
  const bool is_column = line.size() + 1 == kColumnLine && line.substr(kColumnName + kColumnDigits) == " kB" &&
                         parse_column(line.data() + kColumnName, &ignored) &&
                         // A ninth digit would stand in the name's columns.
                         (line[kColumnName - 1] == ' ' || line[kColumnName - 1] == ':');
  if (is_column) {
    std::memcpy(expected.text, line.data(), line.size());
    expected.text[line.size()] = '\n';
    expected.is_column = true;
    expected.field = static_cast<int8_t>(field);
  } else if (field < 0 && colon < line.size() && colon < kColumnLine) {
    const size_t kept = line.size() < kColumnLine ? line.size() : kColumnLine;
    std::memcpy(expected.text, line.data(), kept);
    expected.name_size = static_cast<uint8_t>(colon + 1);
    if (line.size() < kColumnLine && line.size() + 1 >= 16) {
      expected.text[line.size()] = '\n';
      expected.size = static_cast<uint8_t>(line.size() + 1);
    }
  }
}

}  // namespace smem
