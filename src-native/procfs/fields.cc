#include "fields.h"

namespace smem {

const FieldSpec kFields[kFieldCount] = {
    {"uss", {}},
    {"pss", "Pss"},
    {"rss", "Rss"},
    {"sharedClean", "Shared_Clean"},
    {"sharedDirty", "Shared_Dirty"},
    {"privateClean", "Private_Clean"},
    {"privateDirty", "Private_Dirty"},
    {"referenced", "Referenced"},
    {"anonymous", "Anonymous"},
    {"swap", "Swap"},
    {"swapPss", "SwapPss"},
    {"pssDirty", "Pss_Dirty"},
    {"pssAnon", "Pss_Anon"},
    {"pssFile", "Pss_File"},
    {"pssShmem", "Pss_Shmem"},
    {"ksm", "KSM"},
    {"lazyFree", "LazyFree"},
    {"anonHugePages", "AnonHugePages"},
    {"shmemPmdMapped", "ShmemPmdMapped"},
    {"filePmdMapped", "FilePmdMapped"},
    {"sharedHugetlb", "Shared_Hugetlb"},
    {"privateHugetlb", "Private_Hugetlb"},
    {"locked", "Locked"},
    {"size", "Size"},
    {"mappings", {}},
};

int find_field(std::string_view name) {
  if (name.empty()) return -1;
  for (int field = 0; field < kFieldCount; ++field) {
    if (kFields[field].kernel_name == name) return field;
  }
  return -1;
}

}  // namespace smem
