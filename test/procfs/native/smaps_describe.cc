#include <cinttypes>
#include <cmath>
#include <cstdio>

#include "row_recorder.h"
#include "smaps_target.h"

namespace smem::test {
namespace {

// FNV-1a's step over words of 32 bits rather than bytes; rows.ts takes the same steps.
struct RowHash {
  uint32_t value = 2166136261u;

  void word(uint32_t word) { value = (value ^ word) * 16777619u; }
  void number(uint64_t number) {
    word(static_cast<uint32_t>(number));
    word(static_cast<uint32_t>(number >> 32));
  }
  void text(const std::string& text) {
    for (const char c : text) word(static_cast<unsigned char>(c));
    word(0x100);
  }
};

void hash_row(const Row& row, RowHash* hash) {
  hash->number(row.start);
  hash->number(row.end);
  hash->number(row.offset);
  hash->number(row.inode);
  hash->text(row.perms);
  hash->text(row.device);
  hash->text(row.path);
  hash->text(row.flags);
  for (int field = 0; field < kFieldCount; ++field) {
    if (row.seen & field_bit(field)) {
      hash->number(row.kilobytes[field]);
    } else {
      hash->word(0xffffffffu);
    }
  }
}

template <typename... Values>
void append(std::string* out, const char* format, Values... values) {
  char buffer[128];
  out->append(buffer, static_cast<size_t>(std::snprintf(buffer, sizeof buffer, format, values...)));
}

void append_hex(const std::string& bytes, std::string* out) {
  for (const char c : bytes) append(out, "%02x", static_cast<unsigned char>(c));
}

void append_row(const Row& row, std::string* out) {
  append(out, " row=%" PRIx64 ",%" PRIx64 ",%" PRIx64 ",%" PRIx64 ",", row.start, row.end, row.offset, row.inode);
  *out += row.perms + "," + row.device + ",";
  append_hex(row.path, out);
  *out += ",";
  append_hex(row.flags, out);
  for (int field = 0; field < kFieldCount; ++field) {
    if (row.seen & field_bit(field)) {
      append(out, ",%" PRIu64, row.kilobytes[field]);
    } else {
      *out += ",nan";
    }
  }
}

}  // namespace

std::string describe(Source source, const uint8_t* data, size_t size, Rows rows) {
  RowRecorder recorder;
  SmapsParser parser(source, &recorder);
  parser.feed(reinterpret_cast<const char*>(data), size);
  parser.finish();

  std::string out = source == Source::kSmaps ? "smaps" : "rollup";
  append(&out, " malformed=%d offset=%" PRIu64, static_cast<int>(parser.malformed()), parser.malformed_offset());
  if (parser.malformed() != Malformed::kNone) return out;

  double totals[kFieldCount];
  parser.totals(totals);
  for (int field = 0; field < kFieldCount; ++field) {
    out += field == 0 ? " totals=" : ",";
    if (std::isnan(totals[field])) {
      out += "nan";
    } else {
      append(&out, "%.0f", totals[field]);
    }
  }
  RowHash hash;
  for (const Row& row : recorder.rows()) hash_row(row, &hash);
  append(&out, " rows=%zu rowhash=%08x", recorder.rows().size(), hash.value);
  if (rows == Rows::kWritten) {
    for (const Row& row : recorder.rows()) append_row(row, &out);
  }
  return out;
}

}  // namespace smem::test
