// The fixed part of a line that opens a mapping, in maps, smaps and smaps_rollup alike.
#ifndef SMEM_PROCFS_MAPPING_HEADER_H_
#define SMEM_PROCFS_MAPPING_HEADER_H_

#include <cstdint>
#include <string_view>

namespace smem {

struct MappingHeader {
  uint64_t start;
  uint64_t end;
  uint64_t offset;
  uint64_t inode;
  std::string_view perms;   // 4 bytes
  std::string_view device;  // "08:01", as shown
};

// Reads the fixed part of `line`, which holds no '\n'. Returns where the path starts (line.size() when there
// is none), or npos when this is no header. `complete` says that the line is not longer than `line`: in one that
// is, the path must start within it.
size_t parse_mapping_header(std::string_view line, bool complete, MappingHeader* header);

}  // namespace smem

#endif  // SMEM_PROCFS_MAPPING_HEADER_H_
