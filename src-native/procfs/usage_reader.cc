#include "usage_reader.h"

#include <ctime>

#include <cerrno>

#include "process_stat.h"

namespace smem {
namespace {

constexpr int kTornAttempts = 3;
constexpr size_t kRollupChunk = 4096;   // one record of some 700 bytes: never read it in pieces
constexpr size_t kMaxChunk = 64 * 1024;

// The kernel formats records into one page and shows the record that did not fit again on the next read, walking
// its pages twice. A read that ends before the page does never gets there.
size_t smaps_chunk() {
  static const size_t chunk = [] {
    const size_t page = static_cast<size_t>(::sysconf(_SC_PAGESIZE));
    return page - 1024 < kMaxChunk ? page - 1024 : kMaxChunk;
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

int read_stream(const ProcessDir& process, Source source, int fd, SmapsParser* parser) {
  char buffer[kMaxChunk];
  const size_t chunk = source == Source::kRollup ? kRollupChunk : smaps_chunk();
  for (;;) {
    const ssize_t got = read_some(fd, buffer, chunk);
    if (got == -ESRCH) return gone_or_empty(process);
    if (got < 0) return static_cast<int>(-got);
    if (got == 0) break;
    if (!parser->feed(buffer, static_cast<size_t>(got))) return kMalformedSmaps;
  }
  if (parser->empty()) return gone_or_empty(process);
  if (source == Source::kSmaps && ended_early(fd, *parser)) return gone_or_empty(process);
  return parser->finish() ? 0 : kMalformedSmaps;
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
    const int result = read_stream(process, source, file.get(), &parser);
    if (result == 0) {
      parser.totals(target);
      return 0;
    }
    report->malformed = parser.malformed();
    report->malformed_offset = parser.malformed_offset();
    const bool torn = result == kMalformedSmaps && parser.malformed() == Malformed::kOutOfOrder;
    if (!torn || attempt == kTornAttempts) return result;
    report->malformed = Malformed::kNone;
    if (sink) sink->on_restart();
  }
}

}  // namespace

int read_usage(const ProcessDir& process, Source wanted, double* target, UsageReport* report) {
  const uint64_t start = now_ns();
  int error = read_source(process, wanted, nullptr, target, report);
  if (error == kNoSmapsInKernel && wanted == Source::kRollup) {
    error = read_source(process, Source::kSmaps, nullptr, target, report);
  }
  report->cost_ns = now_ns() - start;
  return error;
}

int read_mappings(const ProcessDir& process, MappingSink* sink, double* target, UsageReport* report) {
  const uint64_t start = now_ns();
  const int error = read_source(process, Source::kSmaps, sink, target, report);
  report->cost_ns = now_ns() - start;
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
