// One process's figures: which file to open, how to read it, and what its failures mean.
#ifndef SMEM_PROCFS_USAGE_READER_H_
#define SMEM_PROCFS_USAGE_READER_H_

#include <cerrno>
#include <cstdint>

#include "process_dir.h"
#include "smaps_parser.h"

namespace smem {

// Errnos of ours that no /proc file gives: what they become in JavaScript is in src/errors.ts.
constexpr int kNoAddressSpace = ENODATA;      // zombie, kernel thread, exec or exit while reading
constexpr int kMalformedSmaps = EBADMSG;
constexpr int kNoSmapsInKernel = EOPNOTSUPP;  // neither smaps nor a rollup (CONFIG_PROC_PAGE_MONITOR=n)

enum class Step : uint8_t { kOpenDirectory, kOpen, kRead };

struct UsageReport {
  Source source = Source::kRollup;  // the file that was read, or failed
  Step step = Step::kOpenDirectory;
  Malformed malformed = Malformed::kNone;
  uint64_t malformed_offset = 0;
  uint64_t cost_ns = 0;  // CPU time of open, read, parse and close
};

// Fills `target` (kFieldCount doubles) and returns 0, or leaves it alone and returns an errno.
// `wanted` kRollup falls back to kSmaps where the kernel has no rollup. A stream torn by a mapping that changed
// between two reads is read again, up to three times. Blocks for the kernel's page walk: 7 to 20 ms per
// GB of 4 KiB pages. Allocates nothing; any thread may call.
int read_usage(const ProcessDir& process, Source wanted, double* target, UsageReport* report);

// The same for a pid. Opens the file by its path, which spares the directory as long as nothing is wrong.
int read_usage_of(const char* proc_root, pid_t pid, Source wanted, double* target, UsageReport* report);

// The same as read_usage from smaps, with each mapping handed to `sink`.
int read_mappings(const ProcessDir& process, MappingSink* sink, double* target, UsageReport* report);

// Resident bytes from statm, a few microseconds. `statm` is opened when it is not yet, and kept.
int read_rss(const ProcessDir& process, UniqueFd* statm, uint64_t* bytes);

// ESRCH once the process is reaped, kNoAddressSpace while it is still listed.
int gone_or_empty(const ProcessDir& process);

uint64_t now_ns();  // CLOCK_MONOTONIC

}  // namespace smem

#endif  // SMEM_PROCFS_USAGE_READER_H_
