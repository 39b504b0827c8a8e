// Where threads are parked: one mapping for the life of the process, inherited by its children, so that no step has to allocate.
#ifndef SMEM_FORK_PARKING_LOT_H_
#define SMEM_FORK_PARKING_LOT_H_

#include <ucontext.h>

#include "raw.h"
#include "thread_state.h"

namespace smem {

// kBlocked: not asked yet. kAsked: the signal is on its way. kArriving: in the handler. kParked: waits there. kLeft: on its way out.
// kEnded: has ended, or is not asked any more. kStaysBehind: not taken along. kAlive: runs again, in the child.
enum class Parking : uint32_t { kBlocked, kAsked, kArriving, kParked, kLeft, kEnded, kStaysBehind, kAlive };

// What a thread in the handler is to do: go on; wait; in the child: become the parked one.
enum class Gate : uint32_t { kOpen, kClosed, kReborn };

struct ParkedThread {
  std::atomic<Parking> parking;
  std::atomic<pid_t> tid;  // the handler of an earlier fork's signal may still look
  uint64_t seen_ns;
  const ucontext_t* interrupted;  // what it did when the signal came; on its stack
  ucontext_t context;
  ThreadState state;
};

struct ParkingLot {
  static constexpr unsigned kMaxThreads = 1024;
  static constexpr size_t kScratchSize = 1024 * 64;

  std::atomic<Gate> gate;
  // Counted up, and woken, with each change of a thread's parking.
  raw::Word changes;
  unsigned count;
  // The thread that is not taken along: 0 not known yet. kNobody in a child: it is gone, and whoever blocks every signal there is
  // somebody else.
  static constexpr pid_t kNobody = -1;
  pid_t left_behind;
  ThreadState self;
  ParkedThread threads[kMaxThreads];
  // Stack of a new kernel thread until it steps onto its own.
  alignas(64) char scratch[kScratchSize];

  void change(ParkedThread* thread, Parking parking) {
    thread->parking = parking;
    ++changes;
    raw::wake_all(changes);
  }
};

}  // namespace smem

#endif  // SMEM_FORK_PARKING_LOT_H_
