#include "platform.h"
#if SMEM_FORK_POSSIBLE

#include "parking_signal.h"

#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

#include "free_signal.h"

namespace smem {
namespace {

// What the handler has to know.
ParkingLot* lot = nullptr;

// Whether the signal is ours. Any process of this user may send it, with any value.
ParkedThread* addressee(const siginfo_t& info) {
  const uintptr_t value = reinterpret_cast<uintptr_t>(info.si_value.sival_ptr);
  const uintptr_t first = reinterpret_cast<uintptr_t>(lot->threads);
  if (info.si_code != SI_QUEUE || info.si_pid != getpid() || value < first) return nullptr;
  const uintptr_t offset = value - first;
  if (offset % sizeof(ParkedThread) != 0 || offset / sizeof(ParkedThread) >= ParkingLot::kMaxThreads) return nullptr;
  ParkedThread* const thread = &lot->threads[offset / sizeof(ParkedThread)];
  return thread->tid == static_cast<pid_t>(syscall(SYS_gettid)) ? thread : nullptr;
}

// The handler: runs on the thread that is to be parked, and goes on, in the child, on the one that takes its place. All signals are
// blocked meanwhile. One that comes too late, or twice, finds that nobody asks.
void park_here(int, siginfo_t* info, void* interrupted) {
  const int saved_errno = errno;
  ParkedThread* const self = addressee(*info);
  Parking asked = Parking::kAsked;
  if (self && self->parking.compare_exchange_strong(asked, Parking::kArriving)) {
    self->interrupted = static_cast<const ucontext_t*>(interrupted);
    self->state.capture();
    getcontext(&self->context);
    if (lot->gate == Gate::kReborn) {
      self->state.restore();
      lot->change(self, Parking::kAlive);
    } else {
      lot->change(self, Parking::kParked);
      while (lot->gate == Gate::kClosed) raw::wait_while(lot->gate, Gate::kClosed, raw::kNever);
      lot->change(self, Parking::kLeft);
    }
  }
  errno = saved_errno;
}

}  // namespace

int ParkingSignal::take(ParkingLot* parking_lot) {
  lot = parking_lot;
  number_ = take_free_signal(park_here, SIGRTMAX - 1, number_);
  return number_ != 0 ? 0 : EBUSY;
}

int ParkingSignal::send(ParkedThread* thread) const {
  siginfo_t info{};
  info.si_signo = number_;
  info.si_code = SI_QUEUE;
  info.si_pid = getpid();
  info.si_uid = getuid();
  info.si_value.sival_ptr = thread;
  thread->parking = Parking::kAsked;
  return syscall(SYS_rt_tgsigqueueinfo, info.si_pid, thread->tid.load(), number_, &info) == 0 ? 0 : errno;
}

}  // namespace smem

#endif
