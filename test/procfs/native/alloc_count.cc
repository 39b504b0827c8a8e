// How often reading and parsing take memory from the heap: one line "name=count" for each kind of work. A line
// "name=errno:N" says that the work could not be done here.
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>

#include "counting_allocator.h"
#include "usage_reader.h"

namespace smem::test {
namespace {

constexpr int kReads = 2000;
constexpr int kRecords = 20000;

// A child that is stopped, and ends with this object.
class StoppedChild {
 public:
  StoppedChild() : pid_(::fork()) {
    if (pid_ == 0) {
      ::raise(SIGSTOP);
      ::_exit(0);
    }
    int status;
    if (pid_ > 0) ::waitpid(pid_, &status, WUNTRACED);
  }
  ~StoppedChild() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  pid_t pid() const { return pid_; }

 private:
  const pid_t pid_;
};

// What work() took, printed after it is known: printing allocates.
template <typename Work>
void count(const char* name, Work work) {
  const uint64_t before = allocations();
  const int error = work();
  const uint64_t taken = allocations() - before;
  if (error != 0) {
    std::printf("%s=errno:%d\n", name, error);
  } else {
    std::printf("%s=%llu\n", name, static_cast<unsigned long long>(taken));
  }
}

int read_often(pid_t pid, Source source) {
  double target[kFieldCount];
  for (int i = 0; i < kReads; ++i) {
    ProcessDir process;
    UsageReport report;
    const int opened = process.open("/proc", pid);
    if (opened != 0) return opened;
    const int error = read_usage(process, source, target, &report);
    if (error != 0) return error;
    if (report.source != source) return ENOTSUP;  // no rollup in this kernel
  }
  return 0;
}

int read_identity_often(pid_t pid) {
  for (int i = 0; i < kReads; ++i) {
    ProcessDir process;
    UniqueFd statm;
    uint64_t bytes, ticks;
    uid_t uid;
    int error = process.open("/proc", pid);
    if (error == 0) error = process.owner(&uid);
    if (error == 0) error = process.start_ticks(&ticks);
    if (error == 0) error = read_rss(process, &statm, &bytes);
    if (error != 0) return error;
  }
  return 0;
}

std::string synthetic_smaps() {
  std::string text;
  for (int i = 1; i <= kRecords; ++i) {
    char header[96];
    std::snprintf(header, sizeof header, "%08x000-%08x000 rw-p 00000000 08:01 %d ", i, i + 1, i);
    text += header;
    text += i % 100 == 0 ? std::string(1000, 'x') : std::string("/usr/lib/a library.so (deleted)");
    text += "\nRss:                   4 kB\nPss:              ";
    text += i % 7 == 0 ? "    123456789 kB\n" : "     4 kB\n";
    text += "Private_Clean:         0 kB\nPrivate_Dirty:         4 kB\nVmFlags: rd wr mr mw me ac \n";
  }
  return text;
}

int parse_in_pieces(const std::string& text, size_t piece) {
  SmapsParser parser(Source::kSmaps);
  for (size_t at = 0; at < text.size(); at += piece) {
    const size_t left = text.size() - at;
    if (!parser.feed(text.data() + at, left < piece ? left : piece)) return EBADMSG;
  }
  double totals[kFieldCount];
  if (!parser.finish()) return EBADMSG;
  parser.totals(totals);
  return totals[kMappings] == kRecords ? 0 : EBADMSG;
}

// The compiler may drop an allocation that nobody sees.
void* volatile g_seen;

int allocate_on_purpose() {
  g_seen = std::malloc(1);
  std::free(g_seen);
  g_seen = std::calloc(1, 1);
  g_seen = std::realloc(g_seen, 100);
  std::free(g_seen);
  g_seen = std::aligned_alloc(64, 64);
  std::free(g_seen);
  const std::unique_ptr<int> one(new int(1));
  g_seen = one.get();
  const std::unique_ptr<int[]> many(new int[3]);
  g_seen = many.get();
  return 0;
}

}  // namespace
}  // namespace smem::test

int main() {
  using smem::Source;
  namespace test = smem::test;
  static char output[4096];
  std::setvbuf(stdout, output, _IOFBF, sizeof output);
  const test::StoppedChild child;
  const std::string text = test::synthetic_smaps();

  test::count("on-purpose", test::allocate_on_purpose);
  test::count("self-rollup", [] { return test::read_often(::getpid(), Source::kRollup); });
  test::count("self-smaps", [] { return test::read_often(::getpid(), Source::kSmaps); });
  test::count("child-rollup", [&] { return test::read_often(child.pid(), Source::kRollup); });
  test::count("child-smaps", [&] { return test::read_often(child.pid(), Source::kSmaps); });
  test::count("child-identity", [&] { return test::read_identity_often(child.pid()); });
  test::count("parse-whole", [&] { return test::parse_in_pieces(text, text.size()); });
  test::count("parse-chunks", [&] { return test::parse_in_pieces(text, 3072); });
  test::count("parse-bytes", [&] { return test::parse_in_pieces(text, 1); });
  return 0;
}
