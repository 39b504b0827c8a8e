#include "platform.h"
#if SMEM_FORK_POSSIBLE

#include "threads.h"

#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "held_locks.h"
#include "parking_lot.h"
#include "parking_signal.h"
#include "raw.h"
#include "signal_inspector.h"
#include "thread_mask.h"

namespace smem::threads {
namespace {

// How often threads that have not come are looked at.
constexpr uint64_t kLookNs = raw::kMillisecond;

ParkingLot* lot = nullptr;
ParkingSignal park_signal;

// Asks a thread that has not been asked, or finds out what has become of it. One that blocks the signal only for a moment, for it
// is still leaving the handler of an earlier fork, is asked later. 0 or an errno.
int urge(ParkedThread* thread, uint64_t now) {
  const Parking parking = thread->parking;
  if (parking == Parking::kBlocked) {
    const ThreadMask mask = read_thread_mask(thread->tid);
    if (!mask.blocks(park_signal.number())) {
      const int error = park_signal.send(thread);
      if (error == ESRCH) thread->parking = Parking::kEnded;
      if (error == EAGAIN) thread->parking = Parking::kBlocked;
      return error == ESRCH || error == EAGAIN ? 0 : error;
    }
    if (is_signal_inspector(*lot, *thread, mask, now)) {
      lot->left_behind = thread->tid;
      thread->parking = Parking::kStaysBehind;
    }
  } else if (parking == Parking::kAsked && syscall(SYS_tgkill, getpid(), thread->tid.load(), 0) != 0 && errno == ESRCH) {
    thread->parking = Parking::kEnded;
  }
  return 0;
}

bool is_settled(const ParkedThread& thread) {
  const Parking parking = thread.parking;
  return parking == Parking::kParked || parking == Parking::kEnded || parking == Parking::kStaysBehind;
}

struct Listing {
  pid_t self;
  uint64_t now;
  bool grew;
  bool is_full;
};

bool is_known(pid_t tid) {
  for (unsigned i = 0; i < lot->count; ++i) {
    if (lot->threads[i].tid == tid) return true;
  }
  return false;
}

// Adds the threads that are not known yet.
int list_threads(Listing* listing) {
  listing->grew = false;
  const int error = raw::each_number("/proc/self/task", [](long number, void* data) {
    Listing& list = *static_cast<Listing*>(data);
    const pid_t tid = static_cast<pid_t>(number);
    if (tid == list.self || is_known(tid)) return true;
    list.is_full = lot->count == ParkingLot::kMaxThreads;
    if (list.is_full) return false;
    ParkedThread& thread = lot->threads[lot->count++];
    thread.parking = Parking::kBlocked;
    thread.tid = tid;
    thread.seen_ns = list.now;
    list.grew = true;
    return true;
  }, listing);
  return error == 0 && listing->is_full ? EAGAIN : error;
}

void blame(pid_t tid, Culprit* culprit) {
  culprit->tid = tid;
  read_thread_name(tid, culprit->name);
}

// 0 when all are settled, EINPROGRESS when not, with one that is not.
int urge_all(uint64_t now, const ParkedThread** missing) {
  *missing = nullptr;
  for (unsigned i = 0; i < lot->count; ++i) {
    const int error = urge(&lot->threads[i], now);
    if (error == 0 && is_settled(lot->threads[i])) continue;
    *missing = &lot->threads[i];
    if (error != 0) return error;
  }
  return *missing ? EINPROGRESS : 0;
}

int settle_all(uint64_t deadline_ns, const ParkedThread** missing) {
  Listing listing{static_cast<pid_t>(syscall(SYS_gettid)), 0, false, false};
  bool were_settled = false;
  for (;;) {
    const uint32_t changes = lot->changes;
    listing.now = raw::now_ns();
    int error = list_threads(&listing);
    if (error != 0) return error;
    // Only a thread that is not parked can start another: a listing that finds nobody new after all had been parked is complete.
    if (were_settled && !listing.grew) return 0;
    error = urge_all(listing.now, missing);
    were_settled = error == 0;
    if (were_settled) continue;
    if (error != EINPROGRESS) return error;
    if (listing.now > deadline_ns) return ETIMEDOUT;
    raw::wait_while(lot->changes, changes, listing.now + kLookNs);
  }
}

// Without it pthread_join would wait for ever in the child.
int check_tid_addresses(const ParkedThread** missing) {
  *missing = nullptr;
  if (!lot->self.tid_address) return ENOTSUP;
  for (unsigned i = 0; i < lot->count; ++i) {
    *missing = &lot->threads[i];
    if (lot->threads[i].parking == Parking::kParked && !lot->threads[i].state.tid_address) return ENOTSUP;
  }
  return 0;
}

// Where a new kernel thread begins: on the scratch stack, with the thread-local storage of the thread that it is to be.
int become_thread(void* thread) {
  setcontext(&static_cast<ParkedThread*>(thread)->context);
  return errno;
}

int revive_one(ParkedThread* thread, uint64_t deadline_ns) {
  constexpr int kFlags = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM | CLONE_SETTLS
                       | CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID;
  const ThreadState& state = thread->state;
  const int tid = clone(become_thread, lot->scratch + ParkingLot::kScratchSize, kFlags, thread, state.tid_address,
                        reinterpret_cast<void*>(state.pointer), state.tid_address);
  if (tid < 0) return errno;
  for (;;) {
    const uint32_t changes = lot->changes;
    if (thread->parking == Parking::kAlive) break;
    const uint64_t now = raw::now_ns();
    if (now > deadline_ns) return ETIMEDOUT;
    raw::wait_while(lot->changes, changes, now + 10 * kLookNs);
  }
  thread->tid = tid;
  return 0;
}

}  // namespace

int prepare() {
  if (!lot) {
    void* const memory = raw::map_private(sizeof(ParkingLot));
    if (!memory) return errno;
    lot = static_cast<ParkingLot*>(memory);
  }
  return park_signal.take(lot);
}

int park(uint64_t deadline_ns, Culprit* culprit) {
  lot->self.capture();
  lot->count = 0;
  lot->gate = Gate::kClosed;
  const ParkedThread* missing = nullptr;
  int error = settle_all(deadline_ns, &missing);
  if (error == 0) error = check_tid_addresses(&missing);
  if (error == 0) return 0;
  if (missing) blame(missing->tid, culprit);
  release();
  return error;
}

int check_locks(Culprit* culprit) {
  pid_t busy[ParkingLot::kMaxThreads];
  unsigned count = 0;
  for (unsigned i = 0; i < lot->count; ++i) {
    const ParkedThread& thread = lot->threads[i];
    if (thread.parking != Parking::kParked || held_locks::is_waiting(*thread.interrupted)) continue;
    if (held_locks::is_locking(*thread.interrupted, thread.tid)) {
      blame(thread.tid, culprit);
      return EAGAIN;
    }
    busy[count++] = thread.tid;
  }
  std::sort(busy, busy + count);
  const pid_t owner = held_locks::find_owner(busy, count);
  if (owner < 0) return -owner;
  if (owner == 0) return 0;
  blame(owner, culprit);
  return EAGAIN;
}

unsigned parked_count() {
  unsigned count = 0;
  for (unsigned i = 0; i < lot->count; ++i) {
    const Parking parking = lot->threads[i].parking;
    count += parking == Parking::kParked || parking == Parking::kAlive;
  }
  return count;
}

int* own_tid_address() { return lot->self.tid_address; }

void release() {
  lot->gate = Gate::kOpen;
  raw::wake_all(lot->gate);
  for (unsigned i = 0; i < lot->count; ++i) {
    ParkedThread& thread = lot->threads[i];
    // One that was asked and has not come yet finds that nobody asks any more.
    Parking asked = Parking::kAsked;
    thread.parking.compare_exchange_strong(asked, Parking::kEnded);
    for (;;) {
      const uint32_t changes = lot->changes;
      const Parking parking = thread.parking;
      if (parking != Parking::kParked && parking != Parking::kArriving) break;
      raw::wait_while(lot->changes, changes, raw::now_ns() + 10 * kLookNs);
    }
  }
}

void restore_self() {
  lot->self.restore();
  lot->left_behind = ParkingLot::kNobody;
}

int revive(uint64_t deadline_ns, Culprit* culprit) {
  lot->gate = Gate::kReborn;
  for (unsigned i = 0; i < lot->count; ++i) {
    ParkedThread& thread = lot->threads[i];
    if (thread.parking != Parking::kParked) continue;
    // One after the other: they share the scratch stack until each is on its own.
    const int error = revive_one(&thread, deadline_ns);
    if (error == 0) continue;
    culprit->tid = thread.tid;
    memcpy(culprit->name, thread.state.name, sizeof culprit->name);
    return error;
  }
  lot->gate = Gate::kOpen;
  return 0;
}

}  // namespace smem::threads

#endif
