// A sink that keeps everything it is told and insists on the order in which it may be told.
#ifndef SMEM_TEST_ROW_RECORDER_H_
#define SMEM_TEST_ROW_RECORDER_H_

#include <cstdint>
#include <string>
#include <vector>

#include "smaps_parser.h"

namespace smem::test {

struct Row {
  uint64_t start = 0, end = 0, offset = 0, inode = 0;
  std::string perms, device, path, flags;
  uint64_t kilobytes[kFieldCount] = {};
  uint32_t seen = 0;
  bool ended = false;

  bool operator==(const Row& other) const;
};

// Prints `what` and aborts: a fuzzer's way to report a finding.
[[noreturn]] void fail(const char* what);
inline void require(bool holds, const char* what) {
  if (!holds) fail(what);
}

class RowRecorder final : public MappingSink {
 public:
  void on_header(const MappingHeader& header) override;
  void on_path(std::string_view piece) override;
  void on_flags(std::string_view flags) override;
  void on_record_end(const uint64_t* kilobytes, uint32_t seen) override;
  void on_superseded() override;
  void on_restart() override;

  const std::vector<Row>& rows() const { return rows_; }

 private:
  enum class Last { kNothing, kHeader, kFlags, kEnd, kSuperseded };

  std::vector<Row> rows_;
  Last last_ = Last::kNothing;
};

}  // namespace smem::test

#endif  // SMEM_TEST_ROW_RECORDER_H_
