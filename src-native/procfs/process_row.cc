#include "process_row.h"

#include <cerrno>
#include <cmath>

#include "mapping_groups.h"
#include "process_stat.h"

namespace smem {
namespace {

// Appends the whole file to `text`: its size, or -errno.
ssize_t append_file(const ProcessDir& process, const char* name, std::string* text) {
  UniqueFd file;
  const int error = process.open_file(name, &file);
  if (error != 0) return -error;
  const size_t before = text->size();
  char buffer[4096];
  for (;;) {
    const ssize_t got = read_some(file.get(), buffer, sizeof buffer);
    if (got < 0) {
      text->resize(before);
      return got;
    }
    if (got == 0) return static_cast<ssize_t>(text->size() - before);
    text->append(buffer, static_cast<size_t>(got));
  }
}

// What has no address space has nothing resident, and its statm need not be asked.
int resident_bytes(const ProcessDir& process, const ProcessStat& stat, uint64_t* bytes) {
  if (!stat.has_address_space()) return process.exists() ? kNoAddressSpace : ESRCH;
  UniqueFd statm;
  return read_rss(process, &statm, bytes);
}

// 0 for what is the process's own end or secrecy.
int unless_left_out(int error) { return error == EMFILE || error == ENFILE || error == ENOMEM ? error : 0; }

void append_groups(const MappingGroups& groups, ScanTable* table) {
  for (const MappingGroup& group : groups.groups()) {
    if (group.count == 0) continue;
    double row[ScanTable::kNumbersPerGroup];
    row[kGroupProcess] = static_cast<double>(table->count);
    const auto [path, is_new] = table->paths.try_emplace(group.path, table->text.size());
    if (is_new) table->text.append(group.path);
    row[kGroupTextAt] = static_cast<double>(path->second);
    row[kGroupPathSize] = static_cast<double>(group.path.size());
    for (int field = 0; field < kFieldCount; ++field) {
      const bool known = (group.seen & field_bit(field)) != 0;
      row[kGroupColumnCount + field] = known ? static_cast<double>(group.kilobytes[field]) * 1024 : std::nan("");
    }
    row[kGroupColumnCount + kMappings] = static_cast<double>(group.count);
    table->groups.insert(table->groups.end(), row, row + ScanTable::kNumbersPerGroup);
  }
}

// Whether the page walk is to be done, and why not.
int may_read(const ScanRequest& request, uint64_t deadline_ns, const ProcessStat& stat, int rss_error, uint64_t rss) {
  if (!request.read_usage) return kScanNotAsked;
  if (!stat.has_address_space() || rss_error == kNoAddressSpace) return kNoAddressSpace;
  if (rss_error != 0 && !std::isinf(request.max_rss)) return rss_error;  // who knows how large it is
  if (static_cast<double>(rss) > request.max_rss) return kScanOverMaxRss;
  return now_ns() >= deadline_ns ? kScanOverBudget : 0;
}

// The read itself, from one file or the other.
int read_figures(const ScanRequest& request, const ProcessDir& process, double* row, UsageReport* report, ScanTable* table) {
  if (!request.group_mappings) return read_usage(process, request.source, row + kScanColumnCount, report);
  MappingGroups groups;
  const int error = read_mappings(process, &groups, row + kScanColumnCount, report);
  if (error == 0) append_groups(groups, table);
  return error;
}

void set_report(const UsageReport& report, double* row) {
  row[kScanReportSource] = static_cast<double>(report.source);
  row[kScanReportStep] = static_cast<double>(report.step);
  row[kScanReportMalformed] = static_cast<double>(report.malformed);
  row[kScanReportOffset] = static_cast<double>(report.malformed_offset);
  row[kScanReportCostNs] = static_cast<double>(report.cost_ns);
}

// A process that hidepid=1 hides: no more is known than that it is there, and whose it is.
int append_hidden_row(const ProcessDir& process, const ScanTarget& target, int error, ScanTable* table) {
  uid_t uid;
  if (process.owner(&uid) != 0) return 0;
  double row[ScanTable::kNumbersPerRow];
  for (double& number : row) number = std::nan("");
  row[kScanPid] = target.pid;
  row[kScanUid] = uid;
  row[kScanKernelThread] = 0;
  row[kScanOutcome] = error;
  row[kScanTextAt] = static_cast<double>(table->text.size());
  row[kScanCommSize] = 0;
  row[kScanCommandLineSize] = -1;
  row[kScanCgroupSize] = 0;
  UsageReport report;
  report.step = Step::kOpen;
  set_report(report, row);
  table->numbers.insert(table->numbers.end(), row, row + ScanTable::kNumbersPerRow);
  ++table->count;
  return 0;
}

}  // namespace

int append_process_row(const ScanRequest& request, uint64_t deadline_ns, const ScanTarget& target, ScanTable* table) {
  ProcessDir process;
  char buffer[kStatSize];
  size_t size;
  int error = process.open(request.proc_root.c_str(), target.pid);
  if (error == 0) error = process.read_file("stat", buffer, sizeof buffer, &size);
  if (error == EACCES || error == EPERM) return append_hidden_row(process, target, error, table);
  if (error != 0) return unless_left_out(error);
  ProcessStat stat;
  uid_t uid;
  if (!parse_process_stat(std::string_view(buffer, size), &stat) || process.owner(&uid) != 0) return 0;
  if (request.only_targets && stat.start_ticks != target.start_ticks) return 0;

  // After the owner was asked for: that of a reaped process is root, and this is where such a one is noticed.
  uint64_t rss = 0;
  error = resident_bytes(process, stat, &rss);
  if (error == ESRCH || unless_left_out(error) != 0) return unless_left_out(error);

  double row[ScanTable::kNumbersPerRow];
  for (double& number : row) number = std::nan("");
  row[kScanPid] = target.pid;
  row[kScanPpid] = static_cast<double>(stat.ppid);
  row[kScanStartTicks] = static_cast<double>(stat.start_ticks);
  row[kScanUid] = uid;
  row[kScanThreads] = static_cast<double>(stat.threads);
  if (error == 0 || error == kNoAddressSpace) row[kScanRss] = static_cast<double>(rss);
  row[kScanState] = stat.state;
  row[kScanKernelThread] = stat.kernel_thread ? 1 : 0;
  row[kScanTextAt] = static_cast<double>(table->text.size());
  row[kScanCommSize] = static_cast<double>(stat.comm.size());
  table->text.append(stat.comm);
  const ssize_t command_line = stat.kernel_thread ? 0 : append_file(process, "cmdline", &table->text);
  row[kScanCommandLineSize] = command_line < 0 ? -1 : static_cast<double>(command_line);
  const ssize_t cgroup = append_file(process, "cgroup", &table->text);
  for (const ssize_t size : {command_line, cgroup}) {
    if (size < 0 && unless_left_out(static_cast<int>(-size)) != 0) return static_cast<int>(-size);
  }
  row[kScanCgroupSize] = cgroup < 0 ? 0 : static_cast<double>(cgroup);

  UsageReport report;
  report.source = request.source;
  int outcome = may_read(request, deadline_ns, stat, error, rss);
  if (outcome == 0) outcome = read_figures(request, process, row, &report, table);
  row[kScanOutcome] = outcome;
  set_report(report, row);
  table->numbers.insert(table->numbers.end(), row, row + ScanTable::kNumbersPerRow);
  ++table->count;
  return 0;
}

}  // namespace smem
