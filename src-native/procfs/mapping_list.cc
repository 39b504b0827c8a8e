#include "mapping_list.h"

#include <cmath>

namespace smem {

void MappingList::on_header(const MappingHeader& header) {
  words_.insert(words_.end(), {header.start, header.end, header.offset, header.inode});
  numbers_.resize(numbers_.size() + kNumbersPerRow, std::nan(""));
  column(kTextAt) = static_cast<double>(text_.size());
  column(kDeviceSize) = static_cast<double>(header.device.size());
  column(kPathSize) = 0;
  column(kFlagsSize) = 0;
  text_.append(header.perms);
  text_.append(header.device);
}

void MappingList::on_path(std::string_view piece) {
  text_.append(piece);
  column(kPathSize) += static_cast<double>(piece.size());
}

void MappingList::on_flags(std::string_view flags) {
  text_.resize(text_.size() - static_cast<size_t>(column(kFlagsSize)));  // the last of several counts
  text_.append(flags);
  column(kFlagsSize) = static_cast<double>(flags.size());
}

void MappingList::on_record_end(const uint64_t* kilobytes, uint32_t seen) {
  double* const row = &numbers_[numbers_.size() - kNumbersPerRow];
  for (int field = 0; field < kFieldCount; ++field) {
    if (seen & field_bit(field)) row[field] = static_cast<double>(kilobytes[field]) * 1024;
  }
}

void MappingList::on_superseded() {
  text_.resize(static_cast<size_t>(column(kTextAt)));
  words_.resize(words_.size() - kWordsPerRow);
  numbers_.resize(numbers_.size() - kNumbersPerRow);
}

void MappingList::on_restart() {
  words_.clear();
  numbers_.clear();
  text_.clear();
}

}  // namespace smem
