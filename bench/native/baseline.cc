// What the kernel's own work costs: files opened, read to their end and closed, and nothing done with the bytes.
// An addon, so that both sides of a pair run in one process and pay for the same call from JavaScript.
#include <fcntl.h>
#include <limits.h>
#include <napi.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <thread>
#include <vector>

namespace {

constexpr size_t kMaxRead = 64 * 1024;
constexpr size_t kScanRead = 4096;

// Bytes read. A file that cannot be opened or read counts as empty: processes come and go.
size_t read_to_end(const char* path, char* buffer, size_t read_size) {
  const int fd = ::open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return 0;
  size_t total = 0;
  for (ssize_t got; (got = ::read(fd, buffer, read_size)) > 0;) total += static_cast<size_t>(got);
  ::close(fd);
  return total;
}

// bareRead(path, readSize) -> bytes read
Napi::Value bare_read(const Napi::CallbackInfo& info) {
  char path[PATH_MAX];
  char buffer[kMaxRead];
  size_t length;
  if (napi_get_value_string_utf8(info.Env(), info[0], path, sizeof path, &length) != napi_ok) path[0] = '\0';
  const size_t wanted = info[1].As<Napi::Number>().Uint32Value();
  const size_t total = read_to_end(path, buffer, std::min(wanted, kMaxRead));
  return Napi::Number::New(info.Env(), static_cast<double>(total));
}

struct Queue {
  std::vector<const char*> processes;  // each a run of C strings that an empty one ends
  std::atomic<size_t> next{0};
  std::atomic<size_t> total{0};
};

void work(Queue* queue) {
  char buffer[kScanRead];
  size_t total = 0;
  for (;;) {
    const size_t index = queue->next.fetch_add(1, std::memory_order_relaxed);
    if (index >= queue->processes.size()) break;
    for (const char* path = queue->processes[index]; *path; path += std::strlen(path) + 1) {
      total += read_to_end(path, buffer, sizeof buffer);
    }
  }
  queue->total += total;
}

// bareScan(paths, threads) -> bytes read. `paths` holds NUL-terminated paths, an empty one after each process, so
// that no time goes into taking strings out of JavaScript. The calling thread is one of `threads`.
Napi::Value bare_scan(const Napi::CallbackInfo& info) {
  const Napi::Uint8Array paths = info[0].As<Napi::Uint8Array>();
  const unsigned threads = info[1].As<Napi::Number>().Uint32Value();
  Queue queue;
  const char* at = reinterpret_cast<const char*>(paths.Data());
  const char* const end = at + paths.ByteLength();
  while (at < end) {
    queue.processes.push_back(at);
    while (*at) at += std::strlen(at) + 1;
    ++at;
  }
  std::vector<std::thread> helpers;
  for (unsigned i = 1; i < threads; ++i) helpers.emplace_back(work, &queue);
  work(&queue);
  for (std::thread& helper : helpers) helper.join();
  return Napi::Number::New(info.Env(), static_cast<double>(queue.total.load()));
}

// threadCpuMs() -> CPU time of the calling thread: tells a thread that works from one that waits for a core.
Napi::Value thread_cpu_ms(const Napi::CallbackInfo& info) {
  struct timespec used;
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
  const double ms = static_cast<double>(used.tv_sec) * 1e3 + static_cast<double>(used.tv_nsec) / 1e6;
  return Napi::Number::New(info.Env(), ms);
}

Napi::Object init(Napi::Env env, Napi::Object exports) {
  exports["bareRead"] = Napi::Function::New<bare_read>(env, "bareRead");
  exports["bareScan"] = Napi::Function::New<bare_scan>(env, "bareScan");
  exports["threadCpuMs"] = Napi::Function::New<thread_cpu_ms>(env, "threadCpuMs");
  return exports;
}

}  // namespace

NODE_API_MODULE(smem_baseline, init)
