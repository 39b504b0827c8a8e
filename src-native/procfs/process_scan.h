// Every process of a /proc tree, read by several threads, into rows of numbers and one heap of text.
#ifndef SMEM_PROCFS_PROCESS_SCAN_H_
#define SMEM_PROCFS_PROCESS_SCAN_H_

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "usage_reader.h"

namespace smem {

// Row layout: ScanColumn in src/native/backend.ts, then the kFieldCount figures.
enum ScanColumn {
  kScanPid,
  kScanPpid,
  kScanStartTicks,
  kScanUid,
  kScanThreads,
  kScanRss,
  kScanState,
  kScanKernelThread,
  kScanOutcome,
  kScanTextAt,
  kScanCommSize,
  kScanCommandLineSize,
  kScanCgroupSize,
  kScanReportSource,
  kScanReportStep,
  kScanReportMalformed,
  kScanReportOffset,
  kScanReportCostNs,
  kScanColumnCount
};

// Values of kScanOutcome besides 0 and the errnos.
constexpr int kScanNotAsked = -1;
constexpr int kScanOverMaxRss = -2;
constexpr int kScanOverBudget = -3;

// A word that another thread sets to end a scan early. A default one is never set.
class CancelFlag {
 public:
  CancelFlag() = default;
  explicit CancelFlag(const int32_t* word) : word_(word) {}
  bool is_set() const { return word_ && __atomic_load_n(word_, __ATOMIC_RELAXED) != 0; }

 private:
  const int32_t* word_ = nullptr;
};

struct ScanTarget {
  pid_t pid;
  uint64_t start_ticks;
};

struct ScanRequest {
  std::string proc_root;
  bool read_usage = true;
  Source source = Source::kRollup;  // kSmaps with group_mappings
  bool group_mappings = false;      // fill ScanTable::groups
  unsigned threads = 1;
  double max_rss = 0;     // bytes; infinite: no limit
  double budget_ns = 0;   // wall time from the start of the scan; infinite: no limit
  bool only_targets = false;
  std::vector<ScanTarget> targets;  // with only_targets: these and no others
};

// Row layout of the groups: GroupColumn in src/native/backend.ts, then the kFieldCount figures.
enum GroupColumn { kGroupProcess, kGroupTextAt, kGroupPathSize, kGroupColumnCount };

struct ScanTable {
  static constexpr size_t kNumbersPerRow = kScanColumnCount + static_cast<size_t>(kFieldCount);
  static constexpr size_t kNumbersPerGroup = kGroupColumnCount + static_cast<size_t>(kFieldCount);
  size_t count = 0;
  std::vector<double> numbers;
  std::vector<double> groups;  // in the order of the processes
  std::string text;
  std::unordered_map<std::string, size_t> paths;  // where each path of `groups` stands in `text`, once
};

// 0, or the errno that reading the list of pids met, or want of descriptors or memory. Rows come in ascending order of
// pid. A process that ends before it could be identified is left out; one that ends later keeps its row and its errno. The
// calling thread works too; when a further thread cannot be started, or finds no descriptor left, fewer do the work.
int scan_processes(const ScanRequest& request, const CancelFlag& cancel, ScanTable* table);

}  // namespace smem

#endif  // SMEM_PROCFS_PROCESS_SCAN_H_
