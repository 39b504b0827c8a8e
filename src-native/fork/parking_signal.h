// The signal by which threads are asked to park, and its handler.
#ifndef SMEM_FORK_PARKING_SIGNAL_H_
#define SMEM_FORK_PARKING_SIGNAL_H_

#include "parking_lot.h"

namespace smem {

class ParkingSignal {
 public:
  // Takes a real-time signal that nobody handles, once, or another when somebody has taken it away. 0, or EBUSY: there is none.
  int take(ParkingLot* lot);
  int number() const { return number_; }

  // Asks a thread of the lot. 0, ESRCH when it has ended, EAGAIN when too many signals wait, or what a filter says.
  int send(ParkedThread* thread) const;

 private:
  int number_ = 0;
};

}  // namespace smem

#endif  // SMEM_FORK_PARKING_SIGNAL_H_
