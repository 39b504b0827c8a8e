#include "smaps_parser.h"

#include <cmath>
#include <cstring>

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
