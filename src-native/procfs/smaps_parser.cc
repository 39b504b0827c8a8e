#include "smaps_parser.h"

#include <cmath>
#include <cstring>

#include "column_number.h"
#include "digits.h"

namespace smem {
namespace {

constexpr uint64_t kMaxKilobytes = (uint64_t{1} << 53) - 1;  // what a double holds exactly
constexpr uint32_t kUssParts = field_bit(kPrivateClean) | field_bit(kPrivateDirty);

bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }

bool is_name_char(char c) { return is_upper(c) || (c >= 'a' && c <= 'z') || is_decimal(c) || c == '_'; }

// "  <digits> kB", the whole of it. False when it is none; `*kilobytes` saturates.
bool parse_kilobytes(std::string_view text, uint64_t* kilobytes) {
  const char* at = text.data();
  const char* const end = at + text.size();
  while (at < end && (*at == ' ' || *at == '\t')) ++at;
  const char* const digits = at;
  if (!take_decimal(at, end, kilobytes)) {
    if (at == digits) return false;
    *kilobytes = UINT64_MAX;
  }
  return std::string_view(at, static_cast<size_t>(end - at)) == " kB";
}

}  // namespace

bool SmapsParser::feed(const char* data, size_t size) {
  if (malformed_ != Malformed::kNone) return false;
  const char* at = data;
  const char* const end = data + size;
  if (at < end && (carry_size_ > 0 || line_size_ > 0)) {
    const void* const newline = std::memchr(at, '\n', size);
    const char* const stop = newline ? static_cast<const char*>(newline) : end;
    carry(at, static_cast<size_t>(stop - at));
    if (!newline || malformed_ != Malformed::kNone) return malformed_ == Malformed::kNone;
    const uint64_t line_size = line_size_ > 0 ? line_size_ : carry_size_;
    if (line_size_ == 0) line_head(std::string_view(carry_, carry_size_), true);
    carry_size_ = 0;
    line_size_ = 0;
    offset_ += line_size + 1;
    at = stop + 1;
  }
  while (at < end && malformed_ == Malformed::kNone) {
    at = take_expected_lines(at, end);
    if (at == end || malformed_ != Malformed::kNone) break;
    const size_t left = static_cast<size_t>(end - at);
    const void* const newline = std::memchr(at, '\n', left);
    if (!newline) {
      carry(at, left);
      break;
    }
    const size_t line_size = static_cast<size_t>(static_cast<const char*>(newline) - at);
    line(at, line_size);
    offset_ += line_size + 1;
    at += line_size + 1;
  }
  return malformed_ == Malformed::kNone;
}

bool SmapsParser::finish() {
  if (malformed_ != Malformed::kNone) return false;
  if (carry_size_ > 0 || line_size_ > 0) {
    refuse(Malformed::kTruncated, offset_);
  } else if (!empty()) {
    end_record();
  }
  return malformed_ == Malformed::kNone;
}

void SmapsParser::totals(double* target) const {
  for (int field = 0; field < kFieldCount; ++field) {
    target[field] = first_seen_ & field_bit(field) ? static_cast<double>(total_kb_[field]) * 1024 : std::nan("");
  }
  if (source_ == Source::kSmaps) target[kMappings] = static_cast<double>(records_);
}

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

void SmapsParser::line(const char* at, size_t size) {
  if (size <= kLineHead) {
    line_head(std::string_view(at, size), true);
    return;
  }
  line_head(std::string_view(at, kLineHead), false);
  if (malformed_ == Malformed::kNone) line_rest(at + kLineHead, size - kLineHead);
}

// Takes a piece of a line whose end was not fed yet.
void SmapsParser::carry(const char* at, size_t size) {
  if (line_size_ == 0) {
    const size_t room = kLineHead - carry_size_;
    const size_t taken = size < room ? size : room;
    std::memcpy(carry_ + carry_size_, at, taken);
    carry_size_ += taken;
    if (size == taken) return;  // a line of exactly kLineHead bytes may still turn out complete
    line_head(std::string_view(carry_, kLineHead), false);
    line_size_ = kLineHead;
    at += taken;
    size -= taken;
  }
  line_size_ += size;
  if (malformed_ == Malformed::kNone) line_rest(at, size);
}

void SmapsParser::line_head(std::string_view head, bool complete) {
  rest_is_path_ = false;
  const char first = head.empty() ? '\0' : head[0];
  if (hex_value(first) >= 0) return header_line(head, complete);
  if (is_upper(first)) return field_line(head, complete);
  refuse(Malformed::kUnknownLine, offset_);
}

void SmapsParser::line_rest(const char* at, size_t size) {
  if (rest_is_path_ && sink_) sink_->on_path(std::string_view(at, size));
}

void SmapsParser::header_line(std::string_view head, bool complete) {
  MappingHeader header;
  const size_t path = parse_mapping_header(head, complete, &header);
  if (path == std::string_view::npos) return refuse(Malformed::kBadHeader, offset_);
  if (records_ > 0) {
    if (source_ == Source::kRollup) return refuse(Malformed::kSecondRecord, offset_);
    end_record();
    if (malformed_ != Malformed::kNone) return;
    if (header.start >= record_end_) {
      previous_end_ = record_end_;
    } else if (header.start <= record_start_ && header.end >= record_end_ && header.start >= previous_end_) {
      // The mapping grew between two reads and the kernel shows it again, whole.
      for (int field = 0; field < kFieldCount; ++field) total_kb_[field] -= record_kb_[field];
      --records_;
      if (sink_) sink_->on_superseded();
    } else {
      return refuse(Malformed::kOutOfOrder, offset_);
    }
  }
  ++records_;
  record_offset_ = offset_;
  record_start_ = header.start;
  record_end_ = header.end;
  seen_ = 0;
  line_number_ = 0;
  rest_is_path_ = true;
  if (sink_) {
    sink_->on_header(header);
    if (path < head.size()) sink_->on_path(head.substr(path));
  }
}

void SmapsParser::field_line(std::string_view head, bool complete) {
  size_t colon = 1;
  while (colon < head.size() && is_name_char(head[colon])) ++colon;
  if (colon == head.size() || head[colon] != ':') return refuse(Malformed::kUnknownLine, offset_);
  if (records_ == 0) return refuse(Malformed::kOrphanField, offset_);

  const std::string_view name = head.substr(0, colon);
  const int field = find_field(name);
  const bool is_flags = field < 0 && name == "VmFlags";
  if (!complete && (field >= 0 || is_flags)) return refuse(Malformed::kBadNumber, offset_);
  if (is_flags && sink_) sink_->on_flags(head.substr(colon + 1));
  if (field >= 0) {
    uint64_t kilobytes;
    if (!parse_kilobytes(head.substr(colon + 1), &kilobytes)) return refuse(Malformed::kBadNumber, offset_);
    if (kilobytes > kMaxKilobytes) return refuse(Malformed::kNumberTooLarge, offset_);
    store(field, kilobytes);
  }
  if (!complete || source_ == Source::kRollup) return;  // a rollup has no second record to be quick about
  // Flags that the sink wants never go by the fast path, whatever they look like.
  expect(is_flags && sink_ ? std::string_view() : head, colon, field);
}

void SmapsParser::store(int field, uint64_t kilobytes) {
  if (seen_ & field_bit(field)) return refuse(Malformed::kDuplicateField, offset_);
  seen_ |= field_bit(field);
  record_kb_[field] = kilobytes;
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

void SmapsParser::end_record() {
  if ((seen_ & kUssParts) == kUssParts) {
    seen_ |= field_bit(kUss);
    record_kb_[kUss] = record_kb_[kPrivateClean] + record_kb_[kPrivateDirty];
  }
  if (first_seen_ == 0) first_seen_ = seen_;
  if (seen_ != first_seen_ || !(seen_ & field_bit(kRss))) return refuse(Malformed::kFieldsDiffer, record_offset_);
  uint64_t all = 0;
  for (int field = 0; field < kFieldCount; ++field) {
    total_kb_[field] += record_kb_[field];
    all |= total_kb_[field];
  }
  if (all > kMaxKilobytes) return refuse(Malformed::kNumberTooLarge, record_offset_);
  if (sink_) sink_->on_record_end(record_kb_, seen_);
}

void SmapsParser::refuse(Malformed why, uint64_t offset) {
  malformed_ = why;
  malformed_offset_ = offset;
}

}  // namespace smem
