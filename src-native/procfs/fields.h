// The one table of figures: their order in every array that crosses into JavaScript, their JavaScript
// names and the kernel's. src/native/field_table.ts repeats the names; the addon hands out this table and
// the loader refuses an addon whose table differs, so that the two cannot drift.
#ifndef SMEM_PROCFS_FIELDS_H_
#define SMEM_PROCFS_FIELDS_H_

#include <cstdint>
#include <string_view>

namespace smem {

enum Field : int {
  kUss,  // derived: Private_Clean + Private_Dirty
  kPss,
  kRss,
  kSharedClean,
  kSharedDirty,
  kPrivateClean,
  kPrivateDirty,
  kReferenced,
  kAnonymous,
  kSwap,
  kSwapPss,
  kPssDirty,
  kPssAnon,
  kPssFile,
  kPssShmem,
  kKsm,
  kLazyFree,
  kAnonHugePages,
  kShmemPmdMapped,
  kFilePmdMapped,
  kSharedHugetlb,
  kPrivateHugetlb,
  kLocked,
  kSize,      // smaps only
  kMappings,  // derived, smaps only: a count, not bytes
  kFieldCount
};

struct FieldSpec {
  const char* property;          // camelCase, as users of the library see it
  std::string_view kernel_name;  // as in proc_pid_smaps(5); empty when derived
};

extern const FieldSpec kFields[kFieldCount];

constexpr uint32_t field_bit(int field) { return 1u << field; }

// The field that the kernel calls `name`, or -1. Does not allocate.
int find_field(std::string_view name);

}  // namespace smem

#endif  // SMEM_PROCFS_FIELDS_H_
