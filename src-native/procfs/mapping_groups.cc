#include "mapping_groups.h"

#include <cstring>

namespace smem {

void MappingGroups::on_record_end(const uint64_t* kilobytes, uint32_t seen) {
  // A library's mappings come one after the other.
  if (groups_.empty() || groups_[last_place_].path != path_) {
    const auto [place, is_new] = places_.try_emplace(path_, groups_.size());
    if (is_new) {
      groups_.emplace_back();
      groups_.back().path = path_;
    }
    last_place_ = place->second;
  }
  MappingGroup& group = groups_[last_place_];
  ++group.count;
  group.seen = seen;
  for (int field = 0; field < kFieldCount; ++field) group.kilobytes[field] += kilobytes[field];
  std::memcpy(last_kilobytes_, kilobytes, sizeof last_kilobytes_);
}

void MappingGroups::on_superseded() {
  MappingGroup& group = groups_[last_place_];
  --group.count;
  for (int field = 0; field < kFieldCount; ++field) group.kilobytes[field] -= last_kilobytes_[field];
}

void MappingGroups::on_restart() {
  groups_.clear();
  places_.clear();
}

}  // namespace smem
