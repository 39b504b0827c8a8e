// src-native/fork in a program without Node: threads that allocate, wait for each other, hold locks and come and go, forked again and again. Each
// child does the same, joins its threads and ends with 42. Prints how many did; built with sanitizers by test/fork/fork_native.test.ts.
#include <link.h>
#include <pthread.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <thread>
#include <vector>

#include "fork/fork_process.h"

namespace {

constexpr int kChildCode = 42;
constexpr int kForks = 40;
constexpr uint64_t kSecond = 1000000000;

pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
std::atomic<bool> is_over{false};
unsigned turns = 0;
std::atomic<unsigned> allocations{0};
std::atomic<unsigned> started{0};
std::atomic<unsigned> woken{0};
// Of the kinds that know their owner by its thread id; the third is the dynamic linker's.
pthread_mutex_t recursive = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;
pthread_rwlock_t read_write = PTHREAD_RWLOCK_INITIALIZER;
int event = -1;
int channel[2];

void* allocate(void*) {
  double sum = 0;
  while (!is_over) {
    std::string text(1 + allocations % 5000, 'x');
    for (size_t i = 0; i < text.size(); ++i) sum += static_cast<double>(text[i]) * 1.5;  // vector registers
    ++allocations;
  }
  return reinterpret_cast<void*>(sum > 0 ? 1 : 0);
}

void* pass_on(void*) {
  pthread_mutex_lock(&mutex);
  while (!is_over) {
    ++turns;
    pthread_cond_broadcast(&condition);
    timespec soon;
    clock_gettime(CLOCK_REALTIME, &soon);
    soon.tv_sec += 1;
    pthread_cond_timedwait(&condition, &mutex, &soon);
  }
  pthread_cond_broadcast(&condition);
  pthread_mutex_unlock(&mutex);
  return nullptr;
}

void* start_others(void*) {
  while (!is_over) {
    std::thread([] { ++started; }).join();
  }
  return nullptr;
}

void spin(int rounds) {
  for (volatile int i = 0; i < rounds; i = i + 1) {
  }
}

constexpr int kHeldRounds = 1000;
constexpr int kFreeRounds = 9000;

void lock_recursively() {
  pthread_mutex_lock(&recursive);
  spin(kHeldRounds);
  pthread_mutex_unlock(&recursive);
}

void lock_for_writing() {
  pthread_rwlock_wrlock(&read_write);
  spin(kHeldRounds);
  pthread_rwlock_unlock(&read_write);
}

void list_libraries() {
  dl_iterate_phdr([](dl_phdr_info*, size_t, void*) {
    spin(kHeldRounds / 10);
    return 0;
  }, nullptr);
}

template <void (*hold)()>
void* hold_again_and_again(void*) {
  while (!is_over) {
    hold();
    spin(kFreeRounds);
  }
  return nullptr;
}

// Blocked in a system call on an object of which the child gets its own.
void* wait_for_events(void*) {
  while (!is_over) {
    uint64_t count;
    if (read(event, &count, sizeof count) == sizeof count) ++woken;
  }
  return nullptr;
}

// Blocks all signals for longer than one that does it for good is watched, as glibc does where a thread begins and ends, and a busy
// machine may have it stay there. Then asks for locks that others hold, who may be parked.
void* block_signals(void*) {
  constexpr uint64_t kAll = UINT64_MAX;
  constexpr int kBlockedUs = 120000;
  constexpr int kFreeUs = 300000;
  while (!is_over) {
    uint64_t before = 0;
    syscall(SYS_rt_sigprocmask, SIG_SETMASK, &kAll, &before, sizeof kAll);
    usleep(kBlockedUs);
    lock_recursively();
    syscall(SYS_rt_sigprocmask, SIG_SETMASK, &before, nullptr, sizeof before);
    usleep(kFreeUs);
  }
  return nullptr;
}

// Whether every thread goes on.
bool do_all_go_on() {
  const unsigned before_turns = turns;
  const unsigned before_allocations = allocations;
  const unsigned before_started = started;
  const unsigned before_woken = woken;
  lock_recursively();
  lock_for_writing();
  list_libraries();
  for (int i = 0; i < 5000; ++i) {
    const uint64_t one = 1;
    if (write(event, &one, sizeof one) != sizeof one) return false;
    pthread_mutex_lock(&mutex);
    const bool turned = turns != before_turns;
    pthread_cond_broadcast(&condition);
    pthread_mutex_unlock(&mutex);
    if (turned && allocations != before_allocations && started != before_started && woken != before_woken) return true;
    usleep(1000);
  }
  return false;
}

void end(std::vector<pthread_t>& threads) {
  is_over = true;
  pthread_mutex_lock(&mutex);
  pthread_cond_broadcast(&condition);
  pthread_mutex_unlock(&mutex);
  const uint64_t one = 1;
  if (write(event, &one, sizeof one) != sizeof one) abort();
  for (pthread_t thread : threads) pthread_join(thread, nullptr);
}

}  // namespace

int main() {
  event = eventfd(0, EFD_CLOEXEC);
  if (event < 0 || pipe(channel) != 0 || write(channel[1], "lock", 4) != 4) return 1;
  std::vector<pthread_t> threads;
  for (void* (*start)(void*) : {allocate, allocate, pass_on, pass_on, start_others, wait_for_events,
                                hold_again_and_again<lock_recursively>, hold_again_and_again<lock_for_writing>,
                                hold_again_and_again<list_libraries>, block_signals}) {
    threads.emplace_back();
    if (pthread_create(&threads.back(), nullptr, start, nullptr) != 0) return 1;
  }
  int good = 0;
  for (int i = 0; i < kForks; ++i) {
    smem::ForkOptions options;
    options.park_ns = 20 * kSecond;
    options.child_ns = 20 * kSecond;
    options.trial = i % 10 == 9;
    const smem::ForkResult result = smem::fork_process(options);
    if (result.error != 0) {
      printf("error=%d step=%d thread=%s\n", result.error, static_cast<int>(result.step), result.thread_name);
      return 1;
    }
    if (options.trial) {
      ++good;
      continue;
    }
    if (result.pid == 0) {
      char content[4];
      const bool has_content = read(channel[0], content, 4) == 4 && memcmp(content, "lock", 4) == 0;
      const bool go_on = do_all_go_on();
      end(threads);
      _exit(has_content && go_on ? kChildCode : 1);
    }
    int status = 0;
    if (waitpid(result.pid, &status, 0) == result.pid && WIFEXITED(status) && WEXITSTATUS(status) == kChildCode) ++good;
  }
  // The children have read what was theirs.
  char content[4];
  const bool has_content = read(channel[0], content, 4) == 4;
  const bool go_on = do_all_go_on();
  end(threads);
  printf("good=%d of=%d parent=%d\n", good, kForks, has_content && go_on);
}
