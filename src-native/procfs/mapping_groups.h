// The mappings of one process summed by name: a few dozen rows in place of hundreds.
#ifndef SMEM_PROCFS_MAPPING_GROUPS_H_
#define SMEM_PROCFS_MAPPING_GROUPS_H_

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "smaps_parser.h"

namespace smem {

struct MappingGroup {
  std::string path;  // as shown; empty for mappings without a name
  uint64_t count = 0;
  uint32_t seen = 0;  // figures that the kernel has
  uint64_t kilobytes[kFieldCount] = {};
};

// Allocates as it grows; may be used for one process after the other.
class MappingGroups final : public MappingSink {
 public:
  void on_header(const MappingHeader&) override { path_.clear(); }
  void on_path(std::string_view piece) override { path_.append(piece); }
  void on_flags(std::string_view) override {}
  void on_record_end(const uint64_t* kilobytes, uint32_t seen) override;
  void on_superseded() override;
  void on_restart() override;

  // In the order in which the names came first. A group whose only mapping was superseded has count 0.
  const std::vector<MappingGroup>& groups() const { return groups_; }

 private:
  std::string path_;
  std::vector<MappingGroup> groups_;
  std::unordered_map<std::string, size_t> places_;
  size_t last_place_ = 0;
  uint64_t last_kilobytes_[kFieldCount] = {};
};

}  // namespace smem

#endif  // SMEM_PROCFS_MAPPING_GROUPS_H_
