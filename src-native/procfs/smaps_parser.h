// Bytes of /proc/PID/smaps or smaps_rollup in, figures out. No syscall, no allocation, no Node-API.
//
// The text is a sequence of lines, each ended by '\n'. Only the first byte of a line says what it is, for
// everything after a header's fixed part is a path, and a path may hold any byte but NUL and '\n':
//   [0-9a-f]  header: hex '-' hex ' ' perms ' ' hex ' ' hex ':' hex ' ' decimal [' '* path]
//   [A-Z]     field: [A-Za-z0-9_]* ':' value. Known figures want [ \t]* digits " kB"; others are skipped
//   other     malformed
// A record is a header with its fields, in any order. What is refused, with the offset of the line
// (or of the record's header) at fault, is the list in `Malformed`.
//
// Lines may be of any length and may be fed in pieces of any size: the first kLineHead bytes of a line
// are kept for classification, whatever follows can only be the rest of a path or of an unknown field.
#ifndef SMEM_PROCFS_SMAPS_PARSER_H_
#define SMEM_PROCFS_SMAPS_PARSER_H_

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "column_number.h"
#include "fields.h"
#include "mapping_header.h"

namespace smem {

enum class Source : uint8_t { kRollup, kSmaps };

// Why a stream was refused. The order is that of MALFORMED_REASONS in src/native/malformed.ts.
enum class Malformed : uint8_t {
  kNone,
  kTruncated,        // the last line has no end
  kUnknownLine,      // neither a header nor a field
  kBadHeader,        // starts like a header and is none
  kBadNumber,        // a known figure without "digits kB", or longer than kLineHead
  kNumberTooLarge,   // a figure, or a sum, of more than 2^53 - 1 kB
  kDuplicateField,   // the same known figure twice in one record
  kOrphanField,      // a field before the first header
  kFieldsDiffer,     // a record lacks figures that the first one has, or has others; or Rss is missing
  kOutOfOrder,       // overlaps an earlier mapping, or lies below it: torn between two reads
  kSecondRecord,     // a rollup with more than one record
};

// Receives the records one by one; views are valid during the call only.
class MappingSink {
 public:
  virtual void on_header(const MappingHeader& header) = 0;
  virtual void on_path(std::string_view piece) = 0;  // any number of times after on_header
  virtual void on_flags(std::string_view flags) = 0;  // the text after "VmFlags:"
  virtual void on_record_end(const uint64_t* kilobytes, uint32_t seen) = 0;
  virtual void on_superseded() = 0;  // the record just ended was shown again, grown: forget it
  virtual void on_restart() = 0;     // the whole stream is read again: forget everything

 protected:
  ~MappingSink() = default;
};

class SmapsParser {
 public:
  static constexpr size_t kLineHead = 512;

  // `sink` may be null; it is not owned.
  explicit SmapsParser(Source source, MappingSink* sink = nullptr) : source_(source), sink_(sink) {}

  // False once the stream is known to be malformed: see malformed() and malformed_offset().
  bool feed(const char* data, size_t size);
  bool finish();

  // Before any byte was fed: a zombie, a kernel thread, or an address space that is gone.
  bool empty() const { return offset_ == 0 && carry_size_ == 0; }
  // The last record lies in the kernel's half, so nothing was cut off after it (x86-64 vsyscall page).
  bool ends_in_kernel_half() const { return record_start_ >= 0xffffffff00000000u; }

  // Bytes by Field index, NaN for figures that the stream does not have. Call after finish().
  void totals(double* target) const;

  Malformed malformed() const { return malformed_; }
  uint64_t malformed_offset() const { return malformed_offset_; }

 private:
  // A line as it stood at this place of the last record. Most lines of most records are the same again.
  struct ExpectedLine {
    char text[kColumnLine];
    bool is_column = false;  // "Name:   <8 columns> kB\n"
    uint8_t name_size = 0;   // of another line that nobody wants: its name and colon, the start of `text`
    uint8_t size = 0;        // of that line with its '\n', if `text` holds the whole of it
    int8_t field = -1;       // -1: skipped
  };
  static constexpr int kMaxExpected = 40;

  // In expected_lines.cc.
  const char* take_expected_lines(const char* at, const char* end);
  const char* take_block(const char* at, const char* end);
  bool take_column_line(const char* at, ExpectedLine* expected);
  void measure_block();
  const char* take_unwanted_line(const char* at, const char* end, const ExpectedLine& expected);
  void line(const char* at, size_t size);
  void carry(const char* at, size_t size);
  void line_head(std::string_view head, bool complete);
  void line_rest(const char* at, size_t size);
  void header_line(std::string_view head, bool complete);
  void field_line(std::string_view head, bool complete);
  void store(int field, uint64_t kilobytes);
  void expect(std::string_view line, size_t colon, int field);
  void end_record();
  void refuse(Malformed why, uint64_t offset);

  const Source source_;
  MappingSink* const sink_;

  uint64_t offset_ = 0;  // of the current line's first byte
  Malformed malformed_ = Malformed::kNone;
  uint64_t malformed_offset_ = 0;

  size_t carry_size_ = 0;    // bytes of an unfinished line held in carry_
  uint64_t line_size_ = 0;   // of a line longer than kLineHead, so far; else 0
  bool rest_is_path_ = false;
  char carry_[kLineHead];

  uint64_t records_ = 0;
  uint64_t record_offset_ = 0;
  uint64_t record_start_ = 0, record_end_ = 0;
  uint64_t previous_end_ = 0;  // end of the record before the current one
  uint32_t seen_ = 0;          // figures of the current record
  uint32_t first_seen_ = 0;    // figures of the first record
  uint64_t record_kb_[kFieldCount] = {};
  uint64_t total_kb_[kFieldCount] = {};

  int line_number_ = 0;  // within the record, for expected_
  ExpectedLine expected_[kMaxExpected] = {};
  // The column lines that follow a header, which are compared all at once.
  int block_lines_ = 0;
  uint32_t block_fields_ = 0;
  bool block_changed_ = false;
};

}  // namespace smem

#endif  // SMEM_PROCFS_SMAPS_PARSER_H_
