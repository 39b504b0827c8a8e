// An end that comes also to a process whose JavaScript never does: some time after its parent has died.
#ifndef SMEM_FORK_ORPHAN_ALARM_H_
#define SMEM_FORK_ORPHAN_ALARM_H_

#include <sys/types.h>

namespace smem {

// From now on SIGALRM ends this process so many seconds after `parent`, its parent now, has died; at once counted from now, when that
// has happened already. Children that are forked do not inherit it. 0 or an errno; EBUSY: every real-time signal has a handler.
int end_after_parent(pid_t parent, unsigned seconds);

}  // namespace smem

#endif  // SMEM_FORK_ORPHAN_ALARM_H_
