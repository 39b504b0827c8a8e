// The one thread that a child does not get: Node keeps it for SIGUSR1, to start the inspector. It blocks every signal for good, so that
// it cannot be parked, and holds nothing.
#ifndef SMEM_FORK_SIGNAL_INSPECTOR_H_
#define SMEM_FORK_SIGNAL_INSPECTOR_H_

#include "parking_lot.h"
#include "thread_mask.h"

namespace smem {

// Whether a thread that blocks the parking signal is the one. Where Node does not name its
// threads (before 24), not sure of it before the thread has blocked all for 100 ms.
bool is_signal_inspector(const ParkingLot& lot, const ParkedThread& thread, const ThreadMask& mask, uint64_t now_ns);

}  // namespace smem

#endif  // SMEM_FORK_SIGNAL_INSPECTOR_H_
