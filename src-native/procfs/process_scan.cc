#include "process_scan.h"

#include <dirent.h>
#include <pthread.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <climits>
#include <cstdlib>
#include <memory>

#include "digits.h"
#include "process_row.h"

namespace smem {
namespace {

constexpr size_t kUsualText = 256;           // of one process: what is more makes the text grow
constexpr size_t kThreadStack = 512 * 1024;  // the read buffers live on it

struct Shared {
  const ScanRequest& request;
  const CancelFlag& cancel;
  const std::vector<ScanTarget>& targets;
  const uint64_t deadline_ns;
  std::atomic<size_t> next{0};
  std::atomic<int> error{0};
};

// One thread's share: its rows, which target each belongs to, and what it left for want of descriptors.
struct Worker {
  Shared* shared = nullptr;
  pthread_t thread = {};
  bool started = false;
  ScanTable table;
  std::vector<size_t> order;
  std::vector<size_t> left;
};

bool is_want_of_descriptors(int error) { return error == EMFILE || error == ENFILE; }

bool may_go_on(const Shared& shared) { return !shared.cancel.is_set() && shared.error.load(std::memory_order_relaxed) == 0; }

// The row of one target, if it gets one. 0, or the errno for which the scan cannot be whole.
int append(Worker* worker, size_t index) {
  const Shared& shared = *worker->shared;
  const size_t before = worker->table.count;
  const int error = append_process_row(shared.request, shared.deadline_ns, shared.targets[index], &worker->table);
  if (error == 0 && worker->table.count > before) worker->order.push_back(index);
  return error;
}

// Takes the last row back when its figures could not be read for want of descriptors; such a row has no groups.
bool take_back_unread(Worker* worker, size_t index) {
  if (worker->order.empty() || worker->order.back() != index) return false;
  ScanTable& table = worker->table;
  const size_t at = (table.count - 1) * ScanTable::kNumbersPerRow;
  if (!is_want_of_descriptors(static_cast<int>(table.numbers[at + kScanOutcome]))) return false;
  table.numbers.resize(at);
  --table.count;
  worker->order.pop_back();
  return true;
}

// Takes one process after the other: a big one holds up its own thread only. A thread that gets no descriptor leaves its
// process and ends, so that as many go on as there are descriptors for.
void work(Worker* worker) {
  Shared* const shared = worker->shared;
  while (may_go_on(*shared)) {
    const size_t index = shared->next.fetch_add(1, std::memory_order_relaxed);
    if (index >= shared->targets.size()) return;
    const int error = append(worker, index);
    if (is_want_of_descriptors(error) || take_back_unread(worker, index)) {
      worker->left.push_back(index);
      return;
    }
    if (error != 0) {
      shared->error.store(error, std::memory_order_relaxed);
      return;
    }
  }
}

// What the threads have left, when they have ended and given back their descriptors.
void finish_alone(const std::unique_ptr<Worker[]>& workers, unsigned count) {
  Shared* const shared = workers[0].shared;
  std::vector<size_t> left;
  for (unsigned i = 0; i < count; ++i) left.insert(left.end(), workers[i].left.begin(), workers[i].left.end());
  // With threads left over, all targets have been taken.
  for (size_t index = shared->next.load(); index < shared->targets.size(); ++index) left.push_back(index);
  for (const size_t index : left) {
    if (!may_go_on(*shared)) return;
    const int error = append(&workers[0], index);
    if (error != 0) shared->error.store(error, std::memory_order_relaxed);
  }
}

void* thread_main(void* worker) {
  work(static_cast<Worker*>(worker));
  return nullptr;
}

void start(Worker* worker) {
  pthread_attr_t attributes;
  if (pthread_attr_init(&attributes) != 0) return;
  pthread_attr_setstacksize(&attributes, kThreadStack);
  worker->started = pthread_create(&worker->thread, &attributes, thread_main, worker) == 0;
  pthread_attr_destroy(&attributes);
}

int list_targets(const std::string& proc_root, std::vector<ScanTarget>* targets) {
  DIR* const directory = ::opendir(proc_root.c_str());
  if (!directory) return errno;
  int error = 0;
  for (;;) {
    errno = 0;
    const struct dirent* const entry = ::readdir(directory);
    if (!entry) {
      error = errno;
      break;
    }
    const std::string_view name(entry->d_name);
    const char* at = name.data();
    uint64_t pid;
    const bool is_pid = take_decimal(at, name.data() + name.size(), &pid) && at == name.data() + name.size();
    if (is_pid && pid > 0 && pid <= INT_MAX) targets->push_back({static_cast<pid_t>(pid), 0});
  }
  ::closedir(directory);
  return error;
}

// Brings the workers' rows together, in the order of the targets.
void merge(const std::unique_ptr<Worker[]>& workers, unsigned count, ScanTable* table) {
  struct Place {
    size_t index;
    const double* row;
    const double* groups_begin;
    const double* groups_end;
  };
  std::vector<Place> places;
  for (unsigned i = 0; i < count; ++i) {
    Worker& worker = workers[i];
    const double text_at = static_cast<double>(table->text.size());
    double* row = worker.table.numbers.data();
    double* group = worker.table.groups.data();
    double* const groups_end = group + worker.table.groups.size();
    for (size_t nth = 0; nth < worker.order.size(); ++nth) {
      Place place = {worker.order[nth], row, group, group};
      row[kScanTextAt] += text_at;
      for (; group < groups_end && group[kGroupProcess] == static_cast<double>(nth); group += ScanTable::kNumbersPerGroup) {
        group[kGroupTextAt] += text_at;
      }
      place.groups_end = group;
      places.push_back(place);
      row += ScanTable::kNumbersPerRow;
    }
    table->text.append(worker.table.text);
  }
  std::sort(places.begin(), places.end(), [](const Place& a, const Place& b) { return a.index < b.index; });
  table->count = places.size();
  table->numbers.reserve(places.size() * ScanTable::kNumbersPerRow);
  for (size_t nth = 0; nth < places.size(); ++nth) {
    const Place& place = places[nth];
    const size_t first_group = table->groups.size();
    table->numbers.insert(table->numbers.end(), place.row, place.row + ScanTable::kNumbersPerRow);
    table->groups.insert(table->groups.end(), place.groups_begin, place.groups_end);
    for (size_t at = first_group; at < table->groups.size(); at += ScanTable::kNumbersPerGroup) {
      table->groups[at + kGroupProcess] = static_cast<double>(nth);
    }
  }
}

}  // namespace

int scan_processes(const ScanRequest& request, const CancelFlag& cancel, ScanTable* table) {
  const uint64_t start_ns = now_ns();
  const bool limited = request.budget_ns < 1e18;
  const uint64_t deadline_ns = limited ? start_ns + static_cast<uint64_t>(request.budget_ns) : UINT64_MAX;

  std::vector<ScanTarget> targets = request.targets;
  if (!request.only_targets) {
    const int error = list_targets(request.proc_root, &targets);
    if (error != 0) return error;
  }
  std::sort(targets.begin(), targets.end(), [](const ScanTarget& a, const ScanTarget& b) { return a.pid < b.pid; });

  Shared shared{request, cancel, targets, deadline_ns};
  const size_t useful = std::max<size_t>(1, std::min<size_t>(request.threads, targets.size()));
  const unsigned count = static_cast<unsigned>(useful);
  const std::unique_ptr<Worker[]> workers(new Worker[count]);
  for (unsigned i = 0; i < count; ++i) {
    workers[i].shared = &shared;
    workers[i].table.numbers.reserve(targets.size() * ScanTable::kNumbersPerRow);
    workers[i].table.text.reserve(targets.size() * kUsualText);
  }
  for (unsigned i = 1; i < count; ++i) start(&workers[i]);
  work(&workers[0]);
  for (unsigned i = 1; i < count; ++i) {
    if (workers[i].started) pthread_join(workers[i].thread, nullptr);
  }
  finish_alone(workers, count);
  if (shared.error.load() == 0) merge(workers, count, table);
  return shared.error.load();
}

}  // namespace smem
