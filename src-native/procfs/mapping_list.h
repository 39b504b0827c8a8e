// The mappings of one process in columns, as src/native/backend.ts describes them (MappingTable).
#ifndef SMEM_PROCFS_MAPPING_LIST_H_
#define SMEM_PROCFS_MAPPING_LIST_H_

#include <cstdint>
#include <string>
#include <vector>

#include "smaps_parser.h"

namespace smem {

// Allocates as it grows.
class MappingList final : public MappingSink {
 public:
  // What follows the figures in a row of numbers(): MappingColumn in src/native/backend.ts.
  enum Column { kTextAt, kDeviceSize, kPathSize, kFlagsSize, kColumnCount };
  static constexpr size_t kWordsPerRow = 4;  // start, end, offset, inode
  static constexpr size_t kNumbersPerRow = kFieldCount + kColumnCount;

  void on_header(const MappingHeader& header) override;
  void on_path(std::string_view piece) override;
  void on_flags(std::string_view flags) override;
  void on_record_end(const uint64_t* kilobytes, uint32_t seen) override;
  void on_superseded() override;
  void on_restart() override;

  size_t count() const { return words_.size() / kWordsPerRow; }
  const std::vector<uint64_t>& words() const { return words_; }
  const std::vector<double>& numbers() const { return numbers_; }
  const std::string& text() const { return text_; }

 private:
  double& column(Column column) { return numbers_[numbers_.size() - kColumnCount + column]; }

  std::vector<uint64_t> words_;
  std::vector<double> numbers_;
  std::string text_;
};

}  // namespace smem

#endif  // SMEM_PROCFS_MAPPING_LIST_H_
