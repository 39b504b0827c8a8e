#include "usage_reader.h"

#include <fcntl.h>

#include <cerrno>
#include <climits>
#include <cstdio>
#include <ctime>

#include "process_stat.h"

namespace smem {
namespace {

constexpr int kTornAttempts = 3;
constexpr size_t kRollupChunk = 4096;   // one record of some 700 bytes: never read it in pieces
constexpr size_t kBufferSize = 32 * 1024;

// The kernel formats records into one page and shows the record that did not fit again on the next read, walking
// its pages twice. A read that ends before the page does never gets there.
size_t smaps_chunk() {
  static const size_t chunk = [] {
    const size_t page = static_cast<size_t>(::sysconf(_SC_PAGESIZE));
    return page - 768 < kBufferSize ? page - 768 : kBufferSize;
  }();
  return chunk;
}

const char* file_name(Source source) { return source == Source::kRollup ? "smaps_rollup" : "smaps"; }

// Whether an end of smaps was the true one: when the address space dies between two reads, the rest is
// missing and the file just ends. Such a file gives nothing from its start any more, either.
bool ended_early(int fd, const SmapsParser& parser) {
  char first;
  return !parser.ends_in_kernel_half() && read_some_at(fd, &first, 1, 0) <= 0;
}

// Feeds the whole file: 0, the errno of a read, or kMalformedSmaps.
int feed_file(Source source, int fd, SmapsParser* parser) {
  char buffer[kBufferSize];
  const size_t chunk = source == Source::kRollup ? kRollupChunk : smaps_chunk();
  size_t filled = 0;
  for (;;) {
    const ssize_t got = read_some(fd, buffer + filled, chunk);
    if (got < 0) return static_cast<int>(-got);
    if (got == 0) break;
    filled += static_cast<size_t>(got);
    // The parser is quickest on many records at once: it then finds its own data and branches in the caches, not the kernel's.
    if (filled + chunk <= sizeof buffer) continue;
    if (!parser->feed(buffer, filled)) return kMalformedSmaps;
    filled = 0;
  }
  if (!parser->feed(buffer, filled)) return kMalformedSmaps;
  if (parser->empty() || (source == Source::kSmaps && ended_early(fd, *parser))) return ESRCH;
  return parser->finish() ? 0 : kMalformedSmaps;
}

// The file by its path, for as long as nothing is wrong.
int read_quickly(const char* proc_root, pid_t pid, Source source, double* target) {
  char path[PATH_MAX];
  const int length = std::snprintf(path, sizeof path, "%s/%d/%s", proc_root, static_cast<int>(pid), file_name(source));
  if (length < 0 || static_cast<size_t>(length) >= sizeof path) return ENAMETOOLONG;
  const UniqueFd file(::open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY));
  if (!file.is_open()) return errno;
  SmapsParser parser(source);
  const int error = feed_file(source, file.get(), &parser);
  if (error == 0) parser.totals(target);
  return error;
}

// One file from open to close.
int read_source(const ProcessDir& process, Source source, MappingSink* sink, double* target, UsageReport* report) {
  report->source = source;
  for (int attempt = 1;; ++attempt) {
    report->step = Step::kOpen;
    UniqueFd file;
    const int error = process.open_file(file_name(source), &file);
    if (error == ESRCH) return gone_or_empty(process);
    if (error == ENOENT) return process.exists() ? kNoSmapsInKernel : ESRCH;
    if (error != 0) return error;

    report->step = Step::kRead;
    SmapsParser parser(source, sink);
    const int result = feed_file(source, file.get(), &parser);
    if (result == ESRCH) return gone_or_empty(process);
    if (result == 0) {
      parser.totals(target);
      return 0;
    }
    report->malformed = parser.malformed();
    report->malformed_offset = parser.malformed_offset();
    const bool torn = result == kMalformedSmaps && parser.malformed() == Malformed::kOutOfOrder;
    if (!torn || attempt == kTornAttempts) return result;
    report->malformed = Malformed::kNone;
    report->malformed_offset = 0;
    if (sink) sink->on_restart();
  }
}

// CPU time of the calling thread: on a machine with more work than cores a read takes many times as long as it costs.
uint64_t cpu_ns() {
  struct timespec spent;
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &spent);
  return static_cast<uint64_t>(spent.tv_sec) * 1000000000u + static_cast<uint64_t>(spent.tv_nsec);
}

}  // namespace

int read_usage(const ProcessDir& process, Source wanted, double* target, UsageReport* report) {
  const uint64_t start = cpu_ns();
  int error = read_source(process, wanted, nullptr, target, report);
  if (error == kNoSmapsInKernel && wanted == Source::kRollup) {
    error = read_source(process, Source::kSmaps, nullptr, target, report);
  }
  report->cost_ns = cpu_ns() - start;
  return error;
}

int read_usage_of(const char* proc_root, pid_t pid, Source wanted, double* target, UsageReport* report) {
  const uint64_t start = cpu_ns();
  report->source = wanted;
  int error = read_quickly(proc_root, pid, wanted, target);
  if (error == 0) {
    report->step = Step::kRead;
  } else {
    // Once more, through the directory: what failed, and whether the process is still there, can be told apart only so.
    ProcessDir process;
    error = process.open(proc_root, pid);
    if (error == 0) error = read_usage(process, wanted, target, report);
  }
  report->cost_ns = cpu_ns() - start;
  return error;
}

int read_mappings(const ProcessDir& process, MappingSink* sink, double* target, UsageReport* report) {
  const uint64_t start = cpu_ns();
  const int error = read_source(process, Source::kSmaps, sink, target, report);
  report->cost_ns = cpu_ns() - start;
  return error;
}

int read_rss(const ProcessDir& process, UniqueFd* statm, uint64_t* bytes) {
  if (!statm->is_open()) {
    const int error = process.open_file("statm", statm);
    if (error != 0) return error == ENOENT ? ESRCH : error;
  }
  char buffer[kStatmSize];
  const ssize_t got = read_some_at(statm->get(), buffer, sizeof buffer, 0);
  if (got < 0) return static_cast<int>(-got);
  uint64_t size;
  if (!parse_statm(std::string_view(buffer, static_cast<size_t>(got)), &size, bytes)) return kMalformedSmaps;
  return size == 0 ? kNoAddressSpace : 0;
}

int gone_or_empty(const ProcessDir& process) { return process.exists() ? kNoAddressSpace : ESRCH; }

uint64_t now_ns() {
  struct timespec now;
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<uint64_t>(now.tv_sec) * 1000000000u + static_cast<uint64_t>(now.tv_nsec);
}

}  // namespace smem
