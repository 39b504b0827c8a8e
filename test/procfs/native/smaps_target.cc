#include "smaps_target.h"

#include <cmath>
#include <cstring>
#include <memory>
#include <vector>

#include "mapping_list.h"
#include "row_recorder.h"

namespace smem::test {
namespace {

constexpr double kMaxKilobytes = 9007199254740991.0;  // 2^53 - 1
constexpr size_t kKernelChunk = 3072;                 // how the library reads smaps

struct Outcome {
  Malformed malformed;
  uint64_t offset;
  bool empty;
  bool kernel_half;
  double totals[kFieldCount];
};

// Feeds pieces of `piece` bytes (0: the whole at once), each from memory of just its size.
Outcome run(Source source, const uint8_t* data, size_t size, size_t piece, MappingSink* sink) {
  SmapsParser parser(source, sink);
  const char* at = reinterpret_cast<const char*>(data);
  size_t left = size;
  if (piece > 0 && piece < size) {
    const std::unique_ptr<char[]> copy(new char[piece]);
    for (; left >= piece; left -= piece, at += piece) {
      std::memcpy(copy.get(), at, piece);
      const bool fed = parser.feed(copy.get(), piece);
      require(fed == (parser.malformed() == Malformed::kNone), "feed() and malformed() disagree");
      if (!fed) break;
    }
  }
  const Malformed before = parser.malformed();
  parser.feed(at, left);
  require(before == Malformed::kNone || parser.malformed() == before, "a refused stream was taken up again");
  Outcome outcome;
  outcome.empty = parser.empty();
  require(parser.finish() == (parser.malformed() == Malformed::kNone), "finish() and malformed() disagree");
  outcome.malformed = parser.malformed();
  outcome.offset = parser.malformed_offset();
  outcome.kernel_half = parser.ends_in_kernel_half();
  parser.totals(outcome.totals);
  return outcome;
}

bool same_number(double one, double other) { return std::isnan(one) ? std::isnan(other) : one == other; }

void require_same(const Outcome& one, const Outcome& other) {
  require(one.malformed == other.malformed, "the reason depends on how the bytes were split");
  require(one.offset == other.offset, "the offset depends on how the bytes were split");
  require(one.empty == other.empty, "empty() depends on how the bytes were split");
  require(one.kernel_half == other.kernel_half, "ends_in_kernel_half() depends on how the bytes were split");
  if (one.malformed != Malformed::kNone) return;
  for (int field = 0; field < kFieldCount; ++field) {
    require(same_number(one.totals[field], other.totals[field]), "the totals depend on how the bytes were split");
  }
}

void require_plausible(Source source, const uint8_t* data, size_t size, const Outcome& outcome) {
  require(outcome.empty == (size == 0), "empty() after bytes, or not empty without");
  if (outcome.malformed != Malformed::kNone) {
    require(outcome.malformed <= Malformed::kSecondRecord, "a reason that is not in the list");
    require(outcome.offset < size, "an offset behind the end");
    require(outcome.offset == 0 || data[outcome.offset - 1] == '\n', "an offset that is not the start of a line");
    return;
  }
  require(outcome.offset == 0, "an offset without a reason");
  require(size == 0 || data[size - 1] == '\n', "a last line without end was accepted");
  const double* const totals = outcome.totals;
  require(size == 0 || !std::isnan(totals[kRss]), "accepted without Rss");
  require(same_number(totals[kUss], totals[kPrivateClean] + totals[kPrivateDirty]), "USS is not the private pages");
  require(std::isnan(totals[kMappings]) == (source == Source::kRollup), "the count of mappings is smaps' alone");
  for (int field = 0; field < kFieldCount; ++field) {
    if (field == kMappings || std::isnan(totals[field])) continue;
    const double kilobytes = totals[field] / 1024;
    require(kilobytes >= 0 && kilobytes <= kMaxKilobytes && kilobytes == std::floor(kilobytes), "a total out of range");
  }
}

void require_rows_add_up(Source source, const Outcome& outcome, const std::vector<Row>& rows) {
  if (outcome.malformed != Malformed::kNone) return;
  uint64_t sums[kFieldCount] = {};
  for (size_t i = 0; i < rows.size(); ++i) {
    require(rows[i].ended, "a record without end");
    require(rows[i].seen == rows[0].seen, "records with different figures were accepted");
    require(rows[i].start <= rows[i].end, "a mapping that ends before it starts");
    require(i == 0 || rows[i].start >= rows[i - 1].end, "mappings overlap");
    for (int field = 0; field < kFieldCount; ++field) sums[field] += rows[i].kilobytes[field];
  }
  if (source == Source::kSmaps) {
    require(outcome.totals[kMappings] == static_cast<double>(rows.size()), "mappings miscounted");
  } else {
    require(rows.size() <= 1, "a rollup with several records");
  }
  for (int field = 0; field < kFieldCount; ++field) {
    if (field == kMappings) continue;
    const bool seen = !rows.empty() && (rows[0].seen & field_bit(field)) != 0;
    const double sum = seen ? static_cast<double>(sums[field]) * 1024 : std::nan("");
    require(same_number(outcome.totals[field], sum), "the rows do not add up to the totals");
  }
}

void require_same_table(const MappingList& list, const std::vector<Row>& rows) {
  require(list.count() == rows.size(), "MappingList has other rows");
  for (size_t i = 0; i < rows.size(); ++i) {
    const Row& row = rows[i];
    const uint64_t* const words = &list.words()[i * MappingList::kWordsPerRow];
    require(words[0] == row.start && words[1] == row.end && words[2] == row.offset && words[3] == row.inode,
            "MappingList has other addresses");
    const double* const numbers = &list.numbers()[i * MappingList::kNumbersPerRow];
    for (int field = 0; field < kFieldCount; ++field) {
      const bool seen = (row.seen & field_bit(field)) != 0;
      const double bytes = seen ? static_cast<double>(row.kilobytes[field]) * 1024 : std::nan("");
      require(same_number(numbers[field], bytes), "MappingList has other figures");
    }
    const double* const columns = numbers + kFieldCount;
    const std::string text = row.perms + row.device + row.path + row.flags;
    require(columns[MappingList::kDeviceSize] == static_cast<double>(row.device.size()) &&
                columns[MappingList::kPathSize] == static_cast<double>(row.path.size()) &&
                columns[MappingList::kFlagsSize] == static_cast<double>(row.flags.size()) &&
                list.text().compare(static_cast<size_t>(columns[MappingList::kTextAt]), text.size(), text) == 0,
            "MappingList has other text");
  }
}

void check_source(Source source, const uint8_t* data, size_t size) {
  RowRecorder whole_rows;
  const Outcome whole = run(source, data, size, 0, &whole_rows);
  require_plausible(source, data, size, whole);
  require_rows_add_up(source, whole, whole_rows.rows());
  require_same(whole, run(source, data, size, 0, nullptr));

  MappingList list;
  run(source, data, size, 0, &list);
  require_same_table(list, whole_rows.rows());

  uint32_t hash = 2166136261u;
  for (size_t i = 0; i < size && i < 64; ++i) hash = (hash ^ data[i]) * 16777619u;
  const size_t derived = 2 + (hash >> 8) % 97;
  for (const size_t piece : {size_t{1}, derived, SmapsParser::kLineHead, kKernelChunk}) {
    if (piece >= size) continue;
    RowRecorder rows;
    require_same(whole, run(source, data, size, piece, &rows));
    require(rows.rows() == whole_rows.rows(), "the rows depend on how the bytes were split");
  }
  require_same(whole, run(source, data, size, derived, nullptr));
}

}  // namespace

void check_smaps(const uint8_t* data, size_t size) {
  check_source(Source::kSmaps, data, size);
  check_source(Source::kRollup, data, size);
}

}  // namespace smem::test
