#include "row_recorder.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace smem::test {

void fail(const char* what) {
  std::fprintf(stderr, "check_smaps: %s\n", what);
  std::fflush(stderr);
  std::abort();
}

bool Row::operator==(const Row& other) const {
  if (start != other.start || end != other.end || offset != other.offset || inode != other.inode) return false;
  if (perms != other.perms || device != other.device || path != other.path || flags != other.flags) return false;
  return seen == other.seen && ended == other.ended && std::memcmp(kilobytes, other.kilobytes, sizeof kilobytes) == 0;
}

void RowRecorder::on_header(const MappingHeader& header) {
  require(last_ == Last::kNothing || last_ == Last::kEnd || last_ == Last::kSuperseded, "a header inside a record");
  last_ = Last::kHeader;
  Row& row = rows_.emplace_back();
  row.start = header.start;
  row.end = header.end;
  row.offset = header.offset;
  row.inode = header.inode;
  row.perms = header.perms;
  row.device = header.device;
  require(row.perms.size() == 4, "permissions that are not four letters");
}

void RowRecorder::on_path(std::string_view piece) {
  require(last_ == Last::kHeader, "a piece of a path that follows no header");
  rows_.back().path += piece;
}

void RowRecorder::on_flags(std::string_view flags) {
  require(last_ == Last::kHeader || last_ == Last::kFlags, "flags outside a record");
  last_ = Last::kFlags;
  rows_.back().flags = flags;
}

void RowRecorder::on_record_end(const uint64_t* kilobytes, uint32_t seen) {
  require(last_ == Last::kHeader || last_ == Last::kFlags, "the end of a record that is not open");
  last_ = Last::kEnd;
  Row& row = rows_.back();
  row.seen = seen;
  row.ended = true;
  for (int field = 0; field < kFieldCount; ++field) {
    if (seen & field_bit(field)) row.kilobytes[field] = kilobytes[field];
  }
}

void RowRecorder::on_superseded() {
  require(last_ == Last::kEnd, "superseded without a record just ended");
  last_ = Last::kSuperseded;
  rows_.pop_back();
}

void RowRecorder::on_restart() {
  rows_.clear();
  last_ = Last::kNothing;
}

}  // namespace smem::test
